package daemon

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Unit describes a kernel to the system's service manager.
type Unit struct {
	Name    string   // of the service, such as "llmspell-kernel"
	ID      string   // of the kernel
	Command []string // the program and its arguments: a kernel start in the foreground
	// System makes it a service of the machine, which runs as User, rather than one of
	// the user's session.
	System bool
	User   string
	Log    string        // launchd: the file that output goes to
	Stop   time.Duration // how long the kernel may take to end
}

// checkName refuses names that are no good file names for services.
func checkName(name string) error {
	if err := CheckID(name); err != nil {
		return fmt.Errorf("the name of the service: %w", err)
	}
	return nil
}

// quoteExec writes a command line as systemd.service(5) reads it.
func quoteExec(args []string) string {
	var out []string
	for _, a := range args {
		var b strings.Builder
		b.WriteByte('"')
		for i := range len(a) {
			switch c := a[i]; {
			case c == '"' || c == '\\':
				b.WriteByte('\\')
				b.WriteByte(c)
			case c == '%' || c == '$':
				b.WriteByte(c)
				b.WriteByte(c)
			case c < ' ' || c == 0x7f:
				fmt.Fprintf(&b, `\x%02x`, c)
			default:
				b.WriteByte(c)
			}
		}
		b.WriteByte('"')
		out = append(out, b.String())
	}
	return strings.Join(out, " ")
}

// runtimeName is the folder of a system service below /run.
func (u Unit) runtimeName() string { return u.Name }

// Socket is the path on which systemd listens for the kernel. In a unit's text, %t
// stands for the folder of run-time files.
func (u Unit) Socket() (string, error) {
	base := "%t"
	if u.System {
		base += "/" + u.runtimeName()
	}
	// %t is longer than it looks: /run/user/ and a user's number.
	dir, err := RootAt("/run/user/4294967295/llmspell").folder(u.ID)
	if err != nil {
		return "", err
	}
	return base + "/llmspell/" + filepath.Base(dir) + "/" + socketFile, nil
}

// SystemdService is the text of the .service file.
func (u Unit) SystemdService() string {
	seconds := int(u.Stop.Seconds()) + 15 // for cleaning up
	b := &strings.Builder{}
	fmt.Fprintf(b, `[Unit]
Description=llmspell kernel %s
Requires=%s.socket
After=%[2]s.socket

[Service]
Type=notify
NotifyAccess=main
ExecStart=%s
ExecReload=/bin/kill -HUP $MAINPID
# The kernel lets running scripts end; then what they have started is ended too.
KillMode=mixed
TimeoutStopSec=%d
WatchdogSec=30
Restart=on-failure
RestartSec=1
UMask=0077
NoNewPrivileges=yes
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
`, u.ID, u.Name, quoteExec(u.Command), seconds)
	target := "default.target"
	if u.System {
		target = "multi-user.target"
		fmt.Fprintf(b, `User=%s
RuntimeDirectory=%s
RuntimeDirectoryMode=0700
# The sockets stay when the kernel ends.
RuntimeDirectoryPreserve=yes
Environment=XDG_RUNTIME_DIR=%%t/%[2]s
CapabilityBoundingSet=
ProtectSystem=full
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
PrivateDevices=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
`, u.User, u.runtimeName())
	}
	fmt.Fprintf(b, "\n[Install]\nWantedBy=%s\n", target)
	return b.String()
}

// SystemdSocket is the text of the .socket file, with which the first client starts
// the kernel.
func (u Unit) SystemdSocket() (string, error) {
	path, err := u.Socket()
	if err != nil {
		return "", err
	}
	owner := ""
	if u.System {
		owner = "SocketUser=" + u.User + "\n"
	}
	return fmt.Sprintf(`[Unit]
Description=Socket of the llmspell kernel %s

[Socket]
ListenStream=%s
SocketMode=0600
DirectoryMode=0700
%s
[Install]
WantedBy=sockets.target
`, u.ID, path, owner), nil
}

// Plist is the text of launchd's property list.
func (u Unit) Plist() string {
	b := &bytes.Buffer{}
	text := func(s string) string {
		var e bytes.Buffer
		_ = xml.EscapeText(&e, []byte(s)) // a buffer takes everything
		return e.String()
	}
	key := func(name, value string) { fmt.Fprintf(b, "\t<key>%s</key>\n\t%s\n", name, value) }
	str := func(s string) string { return "<string>" + text(s) + "</string>" }
	b.WriteString(xml.Header)
	b.WriteString(`<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">` + "\n<plist version=\"1.0\">\n<dict>\n")
	key("Label", str(u.Name))
	args := &strings.Builder{}
	args.WriteString("<array>\n")
	for _, a := range u.Command {
		args.WriteString("\t\t" + str(a) + "\n")
	}
	args.WriteString("\t</array>")
	key("ProgramArguments", args.String())
	key("RunAtLoad", "<true/>")
	key("KeepAlive", "<dict>\n\t\t<key>SuccessfulExit</key>\n\t\t<false/>\n\t</dict>")
	key("ProcessType", str("Background"))
	key("Umask", "<integer>63</integer>") // 0077
	key("ExitTimeOut", "<integer>"+strconv.Itoa(int(u.Stop.Seconds())+15)+"</integer>")
	if u.System {
		key("UserName", str(u.User))
	}
	key("StandardOutPath", str(u.Log))
	key("StandardErrorPath", str(u.Log))
	b.WriteString("</dict>\n</plist>\n")
	return b.String()
}
