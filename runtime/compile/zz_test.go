package compile_test
import ("errors";"fmt";"strings";"testing"
	"github.com/llmspell/llmspell/internal/puc"
	"github.com/llmspell/llmspell/runtime/compile")
var _ = errors.New; var _ = fmt.Sprint; var _ = strings.ToUpper; var _ = puc.Path; var _ = compile.ChunkID
func TestZ(t *testing.T){}
