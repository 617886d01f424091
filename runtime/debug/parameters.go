package debug

import (
	"context"
	"fmt"

	lua "github.com/yuin/gopher-lua"
)

// Parameters returns the parameters of a Lua frame, in their order.
func (e *Engine) Parameters(ctx context.Context, frame int, f Format) ([]Variable, error) {
	ref, count := 0, 0
	err := e.inStop(ctx, func(*stop) error {
		r, err := e.frameOf(frame)
		if err == nil && r.code != nil {
			// They are the first of the locals.
			ref, count = e.handles.add(&localScope{r}), int(r.fn.Proto.NumParameters)
		}
		return err
	})
	if err != nil || count == 0 {
		return nil, err
	}
	return e.Inspect(ctx, VariablesRequest{Ref: ref, Filter: FilterNamed, Count: count, Format: f})
}

// LoadedText returns the text of a source as it was loaded last, which a file
// on disk may differ from by now.
func (e *Engine) LoadedText(src Source) (string, error) {
	text, found, key := "", false, sourceKey(src)
	ctx, cancel := context.WithTimeout(context.Background(), e.patience())
	defer cancel()
	err := e.st.Do(ctx, func(*lua.LState) {
		for _, s := range e.st.Sources() {
			if sourceKey(sourceOf(s)) == key {
				text, found = s.Chunk.Source, true
			}
		}
	})
	if err == nil && !found {
		err = fmt.Errorf("%s was not loaded", src.Name)
	}
	return text, err
}
