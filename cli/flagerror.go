package cli

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// flagError is the error of a flag, without Go's names where its value is no number.
func flagError(_ *cobra.Command, err error) error {
	var invalid *pflag.InvalidValueError
	var number *strconv.NumError
	if !errors.As(err, &invalid) || !errors.As(err, &number) {
		return usageError{err}
	}
	want := "a whole number"
	switch number.Func {
	case "ParseFloat":
		want = "a number"
	case "ParseBool":
		want = "true or false"
	case "ParseUint":
		want = "a whole number, 0 or more"
	}
	if errors.Is(number.Err, strconv.ErrRange) {
		return usageError{fmt.Errorf("--%s: %s is beyond what such a number can be", invalid.GetFlag().Name, invalid.GetValue())}
	}
	return usageError{fmt.Errorf("--%s must be %s, not %q", invalid.GetFlag().Name, want, invalid.GetValue())}
}
