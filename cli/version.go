package cli

import (
	"fmt"
	goruntime "runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		RunE: started(func(*cobra.Command, []string) error {
			version, revision := buildVersion()
			if revision != "" {
				revision = " " + revision
			}
			fmt.Fprintf(a.stdout, "llmspell %s%s (%s, %s/%s)\n", version, revision, goruntime.Version(), goruntime.GOOS, goruntime.GOARCH)
			return nil
		}),
	}
}

// buildVersion is what the build says about itself: the module's version, and the
// beginning of the commit's name if it is known.
func buildVersion() (version, revision string) {
	version = "devel"
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return version, ""
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		version = v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			revision = s.Value[:min(len(s.Value), 12)]
		}
	}
	return version, revision
}
