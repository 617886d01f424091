package cli

import (
	"context"
	"fmt"
	"os"
	"os/user"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/llmspell/llmspell/kernel/daemon"
)

// installFlags are the flags of kernel install-service.
type installFlags struct {
	kernelFlags
	kind   choice
	system bool
	user   string
	name   string
	enable bool
	start  bool
	force  bool
	print  bool
}

func (a *app) kernelInstallCommand() *cobra.Command {
	f := &installFlags{kind: newChoice("auto", "systemd", "launchd")}
	cmd := &cobra.Command{
		Use:   "install-service",
		Short: "Make a kernel a service of systemd or launchd",
		Long: "Make a kernel a service of systemd or launchd. With systemd the socket is systemd's: the first\n" +
			"client starts the kernel, and after --idle-timeout it ends again.\n\n" +
			"The flags for permissions, limits and ports are those of kernel start; the service gets them.",
		Example: "  llmspell kernel install-service --print\n  llmspell kernel install-service --id dev --enable --start",
		Args:    cobra.NoArgs,
		RunE: started(func(cmd *cobra.Command, _ []string) error {
			return a.installService(cmd.Context(), f)
		}),
	}
	f.cmd = cmd
	fl := cmd.Flags()
	addChoice(cmd, &f.kind, "service-type", "what starts it")
	fl.BoolVar(&f.system, "system", false, "a service of the machine, not of this user's session")
	fl.StringVar(&f.user, "user", "", "with --system, the user that it runs as (default: who has called sudo)")
	fl.StringVar(&f.name, "name", "llmspell-kernel", "name of the service")
	fl.StringVarP(&f.id, "id", "i", daemon.AutoID, "id of the kernel")
	fl.BoolVar(&f.enable, "enable", false, "start it with the session, or the machine")
	fl.BoolVar(&f.start, "start", false, "start it now")
	fl.BoolVar(&f.force, "force", false, "replace the files of a service of that name")
	fl.BoolVar(&f.print, "print", false, "print the files, and install nothing")
	f.addServing(fl)
	f.permissions.add(cmd)
	f.mcp.add(cmd)
	return cmd
}

// notForService are the flags that are not for kernel start.
var notForService = []string{"service-type", "system", "user", "name", "id", "enable", "start", "force", "print"}

func (a *app) installService(ctx context.Context, f *installFlags) error {
	kind := daemon.ServiceManager(f.kind.value)
	if kind == "auto" {
		var err error
		if kind, err = daemon.DetectServiceManager(); err != nil {
			return err
		}
	}
	if err := daemon.CheckID(f.id); err != nil {
		return usageError{fmt.Errorf("--id: %w", err)}
	}
	if _, err := f.live(a.config); err != nil {
		return err
	}
	if _, err := f.permissions.sandbox(); err != nil {
		return err
	}
	// A service has an environment of its own.
	if path := os.Getenv("LLMSPELL_CONFIG"); path != "" && !f.cmd.Flags().Changed("config") {
		if err := f.cmd.Flags().Set("config", path); err != nil {
			return err
		}
	}
	if err := absoluteFlags(f.cmd.Flags(), "config", "mcp-config", "connection-file", "log-file", "pid-file"); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find the path of this program: %w", err)
	}
	u := daemon.Unit{
		Name: f.name, ID: f.id, System: f.system, Stop: time.Duration(f.timeout),
		Command: append([]string{self, "kernel", "start", "--id=" + f.id}, givenFlags(f.cmd.Flags(), notForService...)...),
		Log:     stateFile("kernel-" + f.id + ".log"),
	}
	if f.system {
		if u.User, err = serviceUser(f.user); err != nil {
			return err
		}
	} else if f.user != "" {
		return usagef("--user needs --system: other services run as their user")
	}
	files, err := u.Files(kind)
	if err != nil {
		return usageError{err}
	}
	commands := u.Commands(kind, files, f.enable, f.start)
	if f.print {
		for _, file := range files {
			fmt.Fprintf(a.stdout, "# %s\n%s\n", file.Path, file.Text)
		}
		for _, c := range commands {
			fmt.Fprintf(a.stdout, "# %s\n", strings.Join(c, " "))
		}
		return nil
	}
	if err := daemon.WriteFiles(files, f.force); err != nil {
		return err
	}
	for _, file := range files {
		fmt.Fprintf(a.stdout, "written: %s\n", file.Path)
	}
	for _, c := range commands {
		if err := daemon.RunCommand(ctx, c); err != nil {
			return fmt.Errorf("the service is installed, but not started: %w", err)
		}
	}
	if !f.start {
		hint := u.Commands(kind, files, !f.enable, true)
		for _, c := range hint {
			fmt.Fprintf(a.stdout, "start it with: %s\n", strings.Join(c, " "))
		}
	}
	return nil
}

// absoluteFlags makes the paths that were given with flags absolute: a service begins in
// a folder of its own.
func absoluteFlags(flags *pflag.FlagSet, names ...string) error {
	for _, name := range names {
		f := flags.Lookup(name)
		if f == nil || !f.Changed || f.Value.String() == "" {
			continue
		}
		path, err := absolutePath(name, f.Value.String())
		if err != nil {
			return err
		}
		if err := f.Value.Set(path); err != nil {
			return fmt.Errorf("--%s: %w", name, err)
		}
	}
	return nil
}

// serviceUser is the user that a service of the machine runs as.
func serviceUser(name string) (string, error) {
	if name == "" {
		name = os.Getenv("SUDO_USER")
	}
	if name == "" {
		return "", usagef("--system: say with --user who the kernel runs as: only that user, and root, can use it")
	}
	u, err := user.Lookup(name)
	if err != nil {
		return "", usageError{fmt.Errorf("--user: %w", err)}
	}
	return u.Username, nil
}
