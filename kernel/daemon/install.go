package daemon

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
)

// ServiceManager is what starts services on a system.
type ServiceManager string

// The service managers.
const (
	Systemd ServiceManager = "systemd"
	Launchd ServiceManager = "launchd"
)

// DetectServiceManager returns this system's.
func DetectServiceManager() (ServiceManager, error) {
	switch runtime.GOOS {
	case "darwin":
		return Launchd, nil
	case "linux":
		return Systemd, nil
	}
	return "", fmt.Errorf("services cannot be installed on %s: start the kernel with: llmspell kernel start --daemon", runtime.GOOS)
}

// ServiceFile is a file that makes a service.
type ServiceFile struct{ Path, Text string }

// Files returns the files that make the unit a service. Nothing is written.
func (u Unit) Files(m ServiceManager) ([]ServiceFile, error) {
	if err := checkName(u.Name); err != nil {
		return nil, err
	}
	if u.System && u.User == "" {
		return nil, fmt.Errorf("service %s: a service of the system needs the user that it runs as", u.Name)
	}
	if strings.ContainsAny(u.User, "\n\r\x00%") {
		return nil, fmt.Errorf("service %s: the user %q is no user's name", u.Name, u.User)
	}
	if m == Launchd {
		dir := "/Library/LaunchDaemons"
		if !u.System {
			home, err := os.UserHomeDir()
			if err != nil {
				return nil, fmt.Errorf("find the folder for services: %w", err)
			}
			dir = filepath.Join(home, "Library", "LaunchAgents")
		}
		return []ServiceFile{{filepath.Join(dir, u.Name+".plist"), u.Plist()}}, nil
	}
	dir := "/etc/systemd/system"
	if !u.System {
		config, err := userConfigDir()
		if err != nil {
			return nil, err
		}
		dir = filepath.Join(config, "systemd", "user")
	}
	socket, err := u.SystemdSocket()
	if err != nil {
		return nil, err
	}
	return []ServiceFile{
		{filepath.Join(dir, u.Name+".service"), u.SystemdService()},
		{filepath.Join(dir, u.Name+".socket"), socket},
	}, nil
}

// userConfigDir is where systemd looks for the units of a user.
func userConfigDir() (string, error) {
	if dir := os.Getenv("XDG_CONFIG_HOME"); filepath.IsAbs(dir) {
		return dir, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("find the folder for services: %w", err)
	}
	return filepath.Join(home, ".config"), nil
}

// WriteFiles writes the files of a service. Those that exist are replaced only if
// force is set; else none is written.
func WriteFiles(files []ServiceFile, force bool) error {
	for _, f := range files {
		if _, err := os.Lstat(f.Path); err == nil && !force {
			return fmt.Errorf("%s exists: replace it with --force, or choose another --name", f.Path)
		}
	}
	for _, f := range files {
		if err := os.MkdirAll(filepath.Dir(f.Path), 0o755); err != nil {
			return fmt.Errorf("make the folder for services: %w", err)
		}
		if err := writeWhole(f.Path, []byte(f.Text), func(err error) error { return ExplainFor(err, "") }); err != nil {
			return err
		}
		// The service manager of the system runs as another user.
		if err := os.Chmod(f.Path, 0o644); err != nil {
			return fmt.Errorf("write %s: %w", f.Path, err)
		}
	}
	return nil
}

// Commands returns what enables the service (so that it starts with the session or
// the system) and starts it.
func (u Unit) Commands(m ServiceManager, files []ServiceFile, enable, start bool) [][]string {
	var out [][]string
	if m == Launchd {
		domain := "gui/" + strconv.Itoa(os.Getuid())
		if u.System {
			domain = "system"
		}
		service := domain + "/" + u.Name
		if enable {
			out = append(out, []string{"launchctl", "enable", service})
		}
		if start {
			out = append(out, []string{"launchctl", "bootstrap", domain, files[0].Path}, []string{"launchctl", "kickstart", service})
		}
		return out
	}
	systemctl := func(args ...string) []string {
		if !u.System {
			args = append([]string{"--user"}, args...)
		}
		return append([]string{"systemctl"}, args...)
	}
	if enable || start {
		out = append(out, systemctl("daemon-reload"))
	}
	names := []string{u.Name + ".socket", u.Name + ".service"}
	if enable {
		out = append(out, systemctl(append([]string{"enable"}, names...)...))
	}
	if start {
		out = append(out, systemctl(append([]string{"start"}, names...)...))
	}
	return out
}

// RunCommand runs a command of the service manager. The error has what it said.
func RunCommand(ctx context.Context, args []string) error {
	out, err := exec.CommandContext(ctx, args[0], args[1:]...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}
