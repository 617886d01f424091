package config

import "fmt"

// Layer is where a value comes from.
type Layer string

// The layers, from the weakest to the strongest.
const (
	LayerDefault     Layer = "default"
	LayerProfile     Layer = "profile"
	LayerFile        Layer = "file"
	LayerEnvironment Layer = "environment"
	LayerFlag        Layer = "flag"
)

// Origin says where a value was set.
type Origin struct {
	Layer  Layer
	Source string // the profile's name, the file's path, the variable's or flag's name
	Line   int    // in a file or profile
}

// String is as "default", "profile memory", "/home/ada/llmspell.toml:3",
// "LLMSPELL_LOG_LEVEL" or "--trace".
func (o Origin) String() string {
	switch o.Layer {
	case "", LayerDefault:
		return string(LayerDefault)
	case LayerProfile:
		return "profile " + o.Source
	case LayerFile:
		return fmt.Sprintf("%s:%d", o.Source, o.Line)
	}
	return o.Source
}
