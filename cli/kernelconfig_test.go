package cli

import (
	"testing"

	"github.com/spf13/cobra"
)

// A setting that a flag wins over does not change with the configuration.
func TestOutweighs(t *testing.T) {
	f := &kernelFlags{cmd: &cobra.Command{}}
	f.cmd.Flags().Int("max-clients", 1, "")
	f.cmd.Flags().Int("port", 1, "")
	if err := f.cmd.ParseFlags([]string{"--max-clients", "3"}); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]bool{"kernel.max_clients": true, "kernel.port": false, "kernel.max_parallel": false} {
		if got := f.outweighs(key); got != want {
			t.Errorf("%s: %v", key, got)
		}
	}
}
