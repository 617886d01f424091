package format
import ("testing";"os")
func TestZZ(t *testing.T){ b,_:=os.ReadFile("/tmp/syn-try.lua"); s,err:=Source(string(b),Default()); t.Log(err,"\n"+s) }
