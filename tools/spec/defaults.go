package spec

import (
	"strings"

	"github.com/llmspell/llmspell/tools/schema"
)

// fitting returns what is wrong with the defaults in a schema, nil if nothing is: who leaves a
// parameter out gets its default unchecked, so each must be what its own schema allows. path
// leads to the schema, as in a *schema.ParseError, which the error is.
func fitting(s *schema.Schema, path string) error {
	if s == nil {
		return nil
	}
	if s.Default != nil {
		if _, err := schema.Compile(s).Check(s.Default); err != nil {
			e := err.(*schema.FieldError)
			wrong := &schema.ParseError{Path: path + "/default"}
			if e.Path == "" { // the whole default is to be another value
				wrong.Suggestion, e.Suggestion = e.Suggestion, ""
				wrong.Problem = e.Reason()
			} else {
				wrong.Problem = e.Path + ": " + e.Reason()
			}
			return wrong
		}
	}
	for _, p := range s.Properties {
		if err := fitting(p.Schema, path+"/properties/"+strings.NewReplacer("~", "~0", "/", "~1").Replace(p.Name)); err != nil {
			return err
		}
	}
	if err := fitting(s.Items, path+"/items"); err != nil {
		return err
	}
	return fitting(s.Additional, path+"/additionalProperties")
}
