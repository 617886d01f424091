package cli

import (
	"github.com/spf13/cobra"

	"github.com/llmspell/llmspell/tools/sandbox"
)

// permissions are the flags that say what tools may touch.
type permissions struct{}

func (p *permissions) add(*cobra.Command) {}

// sandbox makes what the flags allow; relative paths start from the working folder.
func (p *permissions) sandbox() (*sandbox.Sandbox, error) {
	return sandbox.New("", sandbox.Restricted("."))
}
