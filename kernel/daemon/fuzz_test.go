//go:build unix

package daemon

import "testing"

func FuzzRecord(f *testing.F) {
	f.Add([]byte(`{"id":"a","pid":1,"socket":"/x","started_at":"2026-01-01T00:00:00Z"}`))
	f.Add([]byte(`{"id":"../x","pid":1}`))
	f.Add([]byte(`{"id":"a","pid":1e99}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := parseRecord(text)
		if err != nil {
			return
		}
		if CheckID(r.ID) != nil || r.PID <= 0 {
			t.Errorf("%+v", r)
		}
		_ = r.Reach()
	})
}

func FuzzConnection(f *testing.F) {
	f.Add([]byte(`{"kernel_id":"a","pid":1,"ip":"127.0.0.1","port":80}`))
	f.Add([]byte(`{"socket":"/x"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := parseConnection(text)
		if err == nil && c.Address() == ":0" {
			t.Errorf("%+v", c)
		}
	})
}
