package cli

import (
	"fmt"
	goruntime "runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/llmspell/llmspell/kernel/rpc"
)

func (a *app) versionCommand() *cobra.Command {
	var short, verbose, client bool
	format := newChoice("text", "json")
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		RunE: started(func(*cobra.Command, []string) error {
			v := versionOf()
			switch {
			case short && verbose:
				return usagef("--short and --verbose exclude each other")
			case format.value == "json":
				return writeJSON(a.stdout, v, true)
			case short:
				fmt.Fprintln(a.stdout, v.Version)
			case verbose:
				fmt.Fprintf(a.stdout, "Version:   %s\nRevision:  %s\nBuilt:     %s\nGo:        %s\nPlatform:  %s\nEngine:    %s\nProtocol:  %d\n",
					v.Version, orUnknown(v.Revision), orUnknown(v.Committed), v.Go, v.Platform, v.Engine, v.Protocol)
			default:
				fmt.Fprintln(a.stdout, versionLine())
			}
			return nil
		}),
	}
	cmd.Flags().BoolVar(&short, "short", false, "print the number alone")
	cmd.Flags().BoolVar(&verbose, "verbose", false, "print what is known about the build")
	cmd.Flags().BoolVar(&client, "client", false, "of this program, not of a kernel; it is never another's")
	addChoice(cmd, &format, "format", "how to print it")
	return cmd
}

// versionInfo is what version --format json prints.
type versionInfo struct {
	Version   string `json:"version"`
	Revision  string `json:"revision,omitempty"`  // beginning of the commit's name
	Committed string `json:"committed,omitempty"` // when the commit was made, RFC 3339
	Go        string `json:"go"`
	Platform  string `json:"platform"`
	Engine    string `json:"engine"`
	Protocol  int    `json:"protocol"` // of kernels
}

func versionOf() versionInfo {
	v := versionInfo{Go: goruntime.Version(), Platform: goruntime.GOOS + "/" + goruntime.GOARCH, Engine: "Lua 5.1", Protocol: rpc.ProtocolVersion}
	v.Version, v.Revision = buildVersion()
	v.Committed = buildSetting("vcs.time")
	return v
}

func versionLine() string {
	v := versionOf()
	revision := v.Revision
	if revision != "" {
		revision = " " + revision
	}
	return fmt.Sprintf("llmspell %s%s (%s, %s)", v.Version, revision, v.Go, v.Platform)
}

func orUnknown(s string) string {
	if s == "" {
		return "unknown"
	}
	return s
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
	revision = buildSetting("vcs.revision")
	return version, revision[:min(len(revision), 12)]
}

// buildSetting is a setting of the build, or "".
func buildSetting(key string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}
