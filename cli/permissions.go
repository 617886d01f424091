package cli

import (
	"github.com/spf13/pflag"

	"github.com/llmspell/llmspell/tools/sandbox"
)

// permissionFlags are the flags that say what scripts and tools may touch.
type permissionFlags struct{}

func (f *permissionFlags) add(*pflag.FlagSet) {}

// sandbox makes the sandbox of a command whose script lies in folder. Relative
// paths start from the working folder.
func (f *permissionFlags) sandbox(folder string) (*sandbox.Sandbox, error) {
	return sandbox.New("", sandbox.Restricted(folder))
}
