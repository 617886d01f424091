//go:build unix

package system

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/tools/internal/tooltest"
	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/tool"
)

func programs(t *testing.T, names ...string) *tooltest.Runner {
	t.Helper()
	return tooltest.New(t, Definitions()).Allow(t, func(p *sandbox.Policy) { p.Run.Allow = names })
}

func TestProcessExecutor(t *testing.T) {
	r := programs(t, "sh", "echo", "cat", "pwd", "sleep", "./script", "missing-program", "yes")
	for name, content := range map[string]string{"script": "#!/bin/sh\necho script $1\n", "plain": "echo\n"} {
		if err := os.WriteFile(filepath.Join(r.Dir, name), []byte(content), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, target := range map[string]string{"out": "/etc", "program": "/bin/ls", "sh": "/bin/ls"} {
		if err := os.Symlink(target, filepath.Join(r.Dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	sub := filepath.Join(r.Dir, "sub")
	if err := os.Mkdir(sub, 0o700); err != nil {
		t.Fatal(err)
	}
	r.Table(t, "process-executor", []tooltest.Want{
		{Params: `{"executable":"echo","arguments":["a b","$HOME","; id",1,1.5,true,""]}`, Field: "stdout", Value: `"a b $HOME ; id 1 1.5 true \n"`},
		{Params: `{"command":"echo","args":["-n","x"]}`, Field: "stdout", Value: `"x"`},
		{Params: `{"executable":"sh","arguments":["-c","echo warn >\u00262; exit 7"]}`, Field: "exit_code", Value: `7`},
		{Params: `{"executable":"sh","arguments":["-c","echo warn >\u00262; exit 7"]}`, Field: "success", Value: `false`},
		{Params: `{"executable":"sh","arguments":["-c","echo warn >\u00262; exit 7"]}`, Field: "stderr", Value: `"warn\n"`},
		{Params: `{"executable":"echo"}`, Field: "success", Value: `true`},
		{Params: `{"executable":"echo"}`, Field: "ended_by", Value: `"exit"`},
		{Params: `{"executable":"cat","stdin":"in"}`, Field: "stdout", Value: `"in"`},
		{Params: `{"executable":"cat","stdin":"12345","max_output":3}`, Field: "stdout", Value: `"123"`},
		{Params: `{"executable":"cat","stdin":"12345","max_output":3}`, Field: "stdout_truncated", Value: `true`},
		{Params: `{"executable":"cat","stdin":"\u00e9","max_output":1}`, Field: "stdout", Value: "\"\uFFFD\""},
		{Params: `{"executable":"cat","stdin":"\u00e9","output_encoding":"base64"}`, Field: "stdout", Value: `"w6k="`},
		{Params: `{"executable":"echo a b"}`, Err: `if "echo" is meant, pass the other words in arguments`, Code: tool.PermissionDenied},
		{Params: `{"executable":"pwd","working_directory":"sub"}`, Field: "stdout", Value: jsonText(sub + "\n")},
		{Params: `{"executable":"sh","arguments":["-c","echo $A $B"],"environment":{"A":"x y","B":2}}`, Field: "stdout", Value: `"x y 2\n"`},
		// Which program is found is not for the program's own variables to say.
		{Params: `{"executable":"echo","arguments":["x"],"environment":{"PATH":` + jsonText(r.Dir) + `}}`, Field: "stdout", Value: `"x\n"`},
		{Params: `{"executable":"sh","arguments":["-c","kill -TERM $$"]}`, Field: "signal", Value: `"terminated"`},
		{Params: `{"executable":"sh","arguments":["-c","kill -TERM $$"]}`, Field: "ended_by", Value: `"signal"`},
		{Params: `{"executable":"sleep","arguments":["60"],"timeout_ms":30}`, Field: "ended_by", Value: `"time limit"`},
		{Params: `{"executable":"yes","timeout_ms":100,"max_output":4}`, Field: "stdout", Value: `"y\ny\n"`},
		{Params: `{"executable":"./script","arguments":["x"]}`, Field: "stdout", Value: `"script x\n"`},
		{Params: `{"executable":"sub/../script"}`, Field: "exit_code", Value: `0`},

		{Params: `{}`, Err: `"executable" is missing`},
		{Params: `{"executable":""}`, Err: `a string of 1 to 4096 characters`},
		{Params: `{"executable":["sh"]}`, Err: `"executable" is wrong`},
		{Params: `{"executable":"e\u0000cho"}`, Err: `is no name of a program`},
		{Params: `{"executable":"echo","arguments":"a"}`, Err: `"arguments" is wrong`},
		{Params: `{"executable":"echo","arguments":[{}]}`, Err: `arguments[1]`},
		{Params: `{"executable":"echo","arguments":["a","\u0000"]}`, Err: `arguments[2]`},
		{Params: `{"executable":"echo","arguments":["` + strings.Repeat("x", 200000) + `"]}`, Err: `131072 is the most`},
		{Params: `{"executable":"echo","environment":{"A=B":"x"}}`, Err: `has a member "A=B" that is no variable`},
		{Params: `{"executable":"echo","environment":{"A":"\u0000hunter2"}}`, Err: `that is no variable`},
		{Params: `{"executable":"echo","environment":{"A":[]}}`, Err: `environment.A`},
		{Params: `{"executable":"echo","environment":1}`, Err: `"environment" is wrong`},
		{Params: `{"executable":"echo","environment":{"LD_PRELOAD":"./x.so"}}`, Err: `makes programs run other code`, Code: tool.PermissionDenied},
		{Params: `{"executable":"echo","stdin":1}`, Err: `"stdin" is wrong`},
		{Params: `{"executable":"echo","timeout_ms":0}`, Err: `between 1 and 600000`},
		{Params: `{"executable":"echo","max_output":0}`, Err: `"max_output" is wrong`},
		{Params: `{"executable":"echo","max_memory_mb":1}`, Err: `"max_memory_mb" is wrong`},
		{Params: `{"executable":"echo","max_processes":0}`, Err: `"max_processes" is wrong`},
		{Params: `{"executable":"echo","max_cpu_ms":0}`, Err: `"max_cpu_ms" is wrong`},
		{Params: `{"executable":"echo","output_encoding":"hex"}`, Err: `"output_encoding" is wrong`},
		{Params: `{"executable":"echo","working_directory":1}`, Err: `"working_directory" is wrong`},
		{Params: `{"executable":"echo","working_directory":"/etc"}`, Err: `denied`, Code: tool.PermissionDenied},
		{Params: `{"executable":"echo","working_directory":"out"}`, Err: `denied`, Code: tool.PermissionDenied},
		{Params: `{"executable":"echo","working_directory":"../.."}`, Err: `denied`, Code: tool.PermissionDenied},
		{Params: `{"executable":"echo","working_directory":"none"}`, Err: `no such file`, Code: tool.ResourceNotFound},
		{Params: `{"executable":"echo","working_directory":"script"}`, Err: `cannot enter the working folder`},
		{Params: `{"executable":"rm"}`, Err: `allow it with --allow-run=rm`, Code: tool.PermissionDenied},
		{Params: `{"executable":"/bin/rm"}`, Err: `allow it with --allow-run=/bin/rm`, Code: tool.PermissionDenied},
		{Params: `{"executable":"./program"}`, Err: `denied`, Code: tool.PermissionDenied},
		{Params: `{"executable":"./sh"}`, Err: `denied`, Code: tool.PermissionDenied},
		{Params: `{"executable":"../../../../../../../../bin/ls"}`, Err: `denied`, Code: tool.PermissionDenied},
		{Params: `{"executable":"./plain"}`, Err: `denied`, Code: tool.PermissionDenied},
		{Params: `{"executable":"sh -c id"}`, Err: `denied`, Code: tool.PermissionDenied},
		{Params: `{"executable":"missing-program"}`, Err: `in the folders of PATH`, Code: tool.ResourceNotFound},
	})
	res, terr := r.Call(t, context.Background(), "process-executor", `{"executable":"echo","arguments":["x"]}`)
	if terr != nil || res.Text == nil || *res.Text != "x\n" || res.Message != "exit code 0" {
		t.Errorf("%+v, %v", res, terr)
	}
}

func jsonText(s string) string { b, _ := json.Marshal(s); return string(b) }

func TestProcessExecutorLimits(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("these limits are kept on Linux only")
	}
	r := programs(t, "sh")
	r.Table(t, "process-executor", []tooltest.Want{
		{Params: `{"executable":"sh","arguments":["-c","while :; do :; done"],"max_cpu_ms":200}`, Field: "ended_by", Value: `"CPU limit"`},
		{Params: `{"executable":"sh","arguments":["-c","x=$(head -c 40000000 /dev/zero | tr '\\0' x); sleep 60; :"],"max_memory_mb":20}`, Field: "ended_by", Value: `"memory limit"`},
		{Params: `{"executable":"sh","arguments":["-c","for i in 1 2 3 4 5 6 7 8; do sleep 60 \u0026 done; wait"],"max_processes":5}`, Field: "ended_by", Value: `"process limit"`},
		{Params: `{"executable":"sh","arguments":["-c","sleep 61 \u0026 exit 0"]}`, Field: "killed_processes", Value: `1`},
	})
}

func TestProcessExecutorCancel(t *testing.T) {
	r := programs(t, "sh")
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		for ctx.Err() == nil {
			if _, err := os.Stat(filepath.Join(r.Dir, "on")); err == nil {
				cancel()
			}
			time.Sleep(time.Millisecond)
		}
	}()
	_, terr := r.Call(t, ctx, "process-executor", `{"executable":"sh","arguments":["-c","trap '' TERM; : >on; sleep 60; echo >late"]}`)
	if terr == nil || terr.Code != tool.Cancelled || !errors.Is(terr, context.Canceled) {
		t.Errorf("cancelled: %v", terr)
	}
	if _, err := os.Stat(filepath.Join(r.Dir, "late")); err == nil {
		t.Error("the program went on")
	}
}

func TestProcessExecutorEnvironment(t *testing.T) {
	t.Setenv("LLMSPELL_TEST_SECRET", "hunter2")
	r := programs(t, "env", "sh")
	for _, params := range []string{`{"executable":"env"}`, `{"executable":"sh","arguments":["-c","cat /proc/$PPID/environ /proc/[0-9]*/environ; env"]}`} {
		res, terr := r.Call(t, context.Background(), "process-executor", params)
		if terr != nil {
			t.Fatal(terr)
		}
		if text, _ := json.Marshal(res); strings.Contains(string(text), "hunter2") {
			t.Errorf("%s shows the secret: %s", params, text)
		}
	}
}
