package analysis

import (
	"context"

	"github.com/llmspell/llmspell/lsp/analysis/types"
)

// FieldPlaces returns all places that name the field which is named at an offset, as a renaming
// changes them: those in other tables that can be the same too, such as the options of a call and the
// parameter that takes them. There are none where it is not sure that these are all, and so
// others may be among them. The error is that of ctx.
func (s *Snapshot) FieldPlaces(ctx context.Context, f *File, offset int) ([]types.Location, error) {
	keys, err := s.Keys(ctx, f)
	if err != nil {
		return nil, err
	}
	key, ok := keys.At(f.URI, offset)
	if !ok || key.Global || key.Unknown != nil || !key.Made {
		return nil, nil
	}
	list := make([]types.Location, len(key.Places))
	for i, p := range key.Places {
		list[i] = types.Location{URI: p.URI, Start: p.Start, End: p.End}
	}
	return list, nil
}
