//go:build unix

package daemon

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func testUnit() Unit {
	return Unit{
		Name: "llmspell-kernel", ID: "dev", Stop: 30 * time.Second, Log: "/home/a b/<kernel>.log",
		Command: []string{"/bin/true", "kernel", "start", "--id", "dev", "--allow-read", `/home/a b/50% "off" $HOME\n`, ""},
	}
}

func TestSystemdUnits(t *testing.T) {
	for _, system := range []bool{false, true} {
		u := testUnit()
		u.System = system
		if system {
			u.User = "nobody"
		}
		files, err := u.Files(Systemd)
		if err != nil {
			t.Fatal(err)
		}
		if len(files) != 2 {
			t.Fatalf("%d files", len(files))
		}
		for _, want := range []string{"Type=notify", "WatchdogSec=", "NoNewPrivileges=yes", `"/home/a b/50%% \"off\" $$HOME\\n" ""`, "TimeoutStopSec=45"} {
			if !strings.Contains(files[0].Text, want) {
				t.Errorf("no %s in\n%s", want, files[0].Text)
			}
		}
		if !strings.Contains(files[1].Text, "/llmspell/dev/kernel.sock\n") || !strings.Contains(files[1].Text, "SocketMode=0600") {
			t.Errorf("%s", files[1].Text)
		}
		verify(t, files, system)
	}
}

// verify asks systemd itself, where it is installed, what it thinks of units.
func verify(t *testing.T, files []ServiceFile, system bool) {
	t.Helper()
	tool, err := exec.LookPath("systemd-analyze")
	if err != nil {
		return // the texts were checked above
	}
	dir := t.TempDir()
	args := []string{"verify", "--man=no", "--generators=no"}
	if !system {
		args = append(args, "--user")
	}
	for _, f := range files {
		path := filepath.Join(dir, filepath.Base(f.Path))
		if err := os.WriteFile(path, []byte(f.Text), 0o644); err != nil {
			t.Fatal(err)
		}
		args = append(args, path)
	}
	cmd := exec.Command(tool, args...)
	cmd.Env = append(os.Environ(), "XDG_RUNTIME_DIR="+dir, "SYSTEMD_LOG_LEVEL=warning")
	out, _ := cmd.CombinedOutput() // it also fails on what is wrong with the machine
	for _, line := range strings.Split(string(out), "\n") {
		if strings.Contains(line, "llmspell") {
			t.Errorf("systemd-analyze: %s", line)
		}
	}
}

// plist reads a property list as plutil does: a dict is a list of key and value.
func plist(d *xml.Decoder, start xml.StartElement) (any, error) {
	var list []any
	text := ""
	for {
		token, err := d.Token()
		if err != nil {
			return nil, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			v, err := plist(d, token)
			if err != nil {
				return nil, err
			}
			if token.Name.Local == "key" {
				v = "key:" + v.(string)
			}
			list = append(list, v)
		case xml.CharData:
			text += string(token)
		case xml.EndElement:
			switch start.Name.Local {
			case "string", "integer", "key":
				return text, nil
			case "true", "false":
				return start.Name.Local == "true", nil
			case "array":
				return list, nil
			case "plist":
				if len(list) != 1 {
					return nil, errors.New("a plist has one value")
				}
				return list[0], nil
			case "dict":
				m := map[string]any{}
				if len(list)%2 != 0 {
					return nil, errors.New("a key without a value")
				}
				for i := 0; i < len(list); i += 2 {
					k, ok := list[i].(string)
					if !ok || !strings.HasPrefix(k, "key:") {
						return nil, errors.New("a value without a key")
					}
					m[k[4:]] = list[i+1]
				}
				return m, nil
			}
			return nil, errors.New("unknown element " + start.Name.Local)
		}
	}
}

func TestPlist(t *testing.T) {
	u := testUnit()
	u.System, u.User = true, "bob"
	d := xml.NewDecoder(strings.NewReader(u.Plist()))
	for {
		token, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		v, err := plist(d, start)
		if err != nil {
			t.Fatal(err)
		}
		m := v.(map[string]any)
		var args []string
		for _, a := range m["ProgramArguments"].([]any) {
			args = append(args, a.(string))
		}
		if !slices.Equal(args, u.Command) || m["Label"] != "llmspell-kernel" || m["StandardErrorPath"] != u.Log || m["UserName"] != "bob" || m["RunAtLoad"] != true {
			t.Errorf("%v", m)
		}
		break
	}
	if _, err := d.Token(); err != nil && err != io.EOF {
		// The newline behind the end is all that may follow.
		t.Error(err)
	}
}

func TestInstallFiles(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", dir)
	files, err := testUnit().Files(Systemd)
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(dir, "systemd/user/llmspell-kernel.service"); files[0].Path != want {
		t.Errorf("%s, want %s", files[0].Path, want)
	}
	if err := WriteFiles(files[:1], false); err != nil {
		t.Fatal(err)
	}
	if err := WriteFiles(files, false); err == nil || exists(files[1].Path) {
		t.Errorf("one exists, and still: %v", err)
	}
	if err := WriteFiles(files, true); err != nil || !exists(files[1].Path) {
		t.Error(err)
	}
	commands := testUnit().Commands(Systemd, files, true, true)
	if len(commands) != 3 || strings.Join(commands[1], " ") != "systemctl --user enable llmspell-kernel.socket llmspell-kernel.service" {
		t.Errorf("%v", commands)
	}
	if commands := testUnit().Commands(Systemd, files, false, false); len(commands) != 0 {
		t.Errorf("%v", commands)
	}
	u := testUnit()
	u.Name = "../evil"
	if _, err := u.Files(Systemd); err == nil {
		t.Error("a name that is a path is accepted")
	}
	u = testUnit()
	u.System = true
	if _, err := u.Files(Systemd); err == nil {
		t.Error("a system service without a user is accepted")
	}
	if err := RunCommand(t.Context(), []string{"false"}); err == nil {
		t.Error("a command that fails is no error")
	}
}
