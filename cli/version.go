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
			version, revision := "devel", ""
			if info, ok := debug.ReadBuildInfo(); ok {
				if v := info.Main.Version; v != "" && v != "(devel)" {
					version = v
				}
				for _, s := range info.Settings {
					if s.Key == "vcs.revision" {
						revision = " " + s.Value[:min(len(s.Value), 12)]
					}
				}
			}
			fmt.Fprintf(a.stdout, "llmspell %s%s (%s, %s/%s)\n", version, revision, goruntime.Version(), goruntime.GOOS, goruntime.GOARCH)
			return nil
		}),
	}
}
