package utility

import (
	"context"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

func semverDefinition() tool.Definition {
	version := func(about string) *schema.Schema {
		s := schema.Text(about)
		s.MaxLength = schema.Ptr(256)
		return s
	}
	list := schema.List("Versions (sort, max_satisfying, min_satisfying), at most 10,000", version("A version"))
	list.MaxItems = schema.Ptr(10_000)
	constraint := schema.Text("What versions must satisfy (satisfies, max_satisfying, min_satisfying): ^1.2, ~1.2.3, >=1.2 <2, 1.x, 1.2 - 1.4, joined by spaces or commas (and) and || (or); " +
		"pre-releases satisfy only ranges that name one")
	constraint.MaxLength = schema.Ptr(1024)
	return tool.Static(&tool.Descriptor{
		Name: "semver", Aliases: []string{"semantic-version", "version-compare"}, Category: "utility", Version: "1.0.0", Security: tool.Safe,
		Tags:        []string{"version", "semver", "compare", "range", "release"},
		Description: "Parses, compares, sorts and bumps semantic versions, and matches them against ranges",
		Parameters: schema.Map("",
			schema.Optional("operation", schema.Choice("What to do", "parse", "compare", "satisfies", "bump", "sort", "max_satisfying", "min_satisfying").
				WithDefault("parse").WithAliases(map[string]string{"validate": "parse", "increment": "bump", "max": "max_satisfying", "min": "min_satisfying"})),
			schema.Optional("version", version("A version such as 1.2.3-rc.1+build, v1.2 (parse, compare, satisfies, bump)"), "input"),
			schema.Optional("other", version("The version to compare with (compare)"), "version2", "with"),
			schema.Optional("range", constraint, "constraint"),
			schema.Optional("versions", list),
			schema.Optional("part", schema.Choice("What to raise (bump)", "major", "minor", "patch", "prerelease").WithDefault("patch"), "level"),
			schema.Optional("identifier", version("What a new pre-release begins with, such as rc (bump with prerelease)").WithDefault("rc"), "preid"),
			schema.Optional("descending", schema.Flag("Whether the newest comes first (sort)"))),
		Result: &schema.Schema{Types: []schema.Type{schema.Object}, Properties: []schema.Property{
			schema.Optional("version", &schema.Schema{Types: []schema.Type{schema.String, schema.Null}, Description: "The version in full; null when none satisfies the range"}),
			schema.Optional("major", schema.Num("(parse)")), schema.Optional("minor", schema.Num("(parse)")), schema.Optional("patch", schema.Num("(parse)")),
			schema.Optional("prerelease", schema.Text("(parse)")), schema.Optional("build", schema.Text("(parse)")),
			schema.Optional("valid", schema.Flag("Whether it is a version (parse)")), schema.Optional("error", schema.Text("Why it is none (parse)")),
			schema.Optional("comparison", schema.Int("-1, 0 or 1 (compare)", -1, 1)), schema.Optional("relation", schema.Text("older, equal or newer (compare)")),
			schema.Optional("satisfies", schema.Flag("Whether it does (satisfies)")), schema.Optional("reasons", schema.List("Why not (satisfies)", schema.Text("A reason"))),
			schema.Optional("versions", schema.List("In order (sort), or all that satisfy the range (max_satisfying, min_satisfying)", schema.Text("A version"))),
		}},
		Examples: []tool.Example{
			{Description: "Parse", Params: object("version", "v1.2.3-rc.1+b5"), Want: object("valid", true, "version", "1.2.3-rc.1+b5", "major", 1.0, "minor", 2.0, "patch", 3.0, "prerelease", "rc.1", "build", "b5")},
			{Description: "Compare", Params: object("operation", "compare", "version", "1.10.0", "other", "1.9.0"), Want: object("comparison", 1.0, "relation", "newer")},
			{Description: "Match a range", Params: object("operation", "satisfies", "version", "1.4.2", "range", "^1.2 || 3.x"), Want: object("satisfies", true)},
			{Description: "Raise", Params: object("operation", "bump", "version", "1.4.2", "part", "minor"), Want: object("version", "1.5.0")},
			{Description: "Sort", Params: object("operation", "sort", "versions", array("1.10.0", "1.9.0", "1.9.0-rc.1")), Want: object("versions", array("1.9.0-rc.1", "1.9.0", "1.10.0"))},
			{Description: "The newest in a range", Params: object("operation", "max_satisfying", "versions", array("1.2.0", "1.9.1", "2.0.0"), "range", "1.x"), Want: object("version", "1.9.1")},
			{Description: "The oldest in a range", Params: object("operation", "min_satisfying", "versions", array("1.2.0", "1.9.1", "2.0.0"), "range", "1.x"), Want: object("version", "1.2.0")},
		},
	}, runSemver)
}

func parseVersion(field, text string) (*semver.Version, error) {
	v, err := semver.NewVersion(strings.TrimSpace(text))
	if err != nil {
		return nil, &schema.FieldError{Path: field, Expected: "a semantic version such as 1.2.3 or 1.2.3-rc.1", Value: text}
	}
	return v, nil
}

func runSemver(ctx context.Context, call *tool.Call) (*tool.Result, error) {
	p := call.Params
	switch call.Operation {
	case "sort", "max_satisfying", "min_satisfying":
		return manyVersions(ctx, call)
	}
	text, err := call.Need("version")
	if err != nil {
		return nil, err
	}
	v, err := parseVersion("version", text)
	if call.Operation == "parse" {
		if err != nil {
			return tool.Value(map[string]any{"valid": false, "error": strings.TrimPrefix(err.Error(), `parameter "version" is wrong: `)}), nil
		}
		return tool.Value(map[string]any{"valid": true, "version": v.String(), "major": float64(v.Major()), "minor": float64(v.Minor()), "patch": float64(v.Patch()),
			"prerelease": v.Prerelease(), "build": v.Metadata()}), nil
	}
	if err != nil {
		return nil, err
	}
	switch call.Operation {
	case "compare":
		text, err := call.Need("other")
		if err != nil {
			return nil, err
		}
		other, err := parseVersion("other", text)
		if err != nil {
			return nil, err
		}
		c := v.Compare(other)
		return tool.Value(map[string]any{"comparison": c, "relation": []string{"older", "equal", "newer"}[c+1]}), nil
	case "satisfies":
		c, err := parseRange(call)
		if err != nil {
			return nil, err
		}
		ok, reasons := c.Validate(v)
		list := []any{}
		for _, r := range reasons {
			list = append(list, r.Error())
		}
		return tool.Value(map[string]any{"satisfies": ok, "reasons": list}), nil
	}
	next, err := bumpVersion(v, p.String("part"), p.String("identifier"))
	if err != nil {
		return nil, err
	}
	return &tool.Result{Text: &next, Value: map[string]any{"version": next}}, nil
}

func parseRange(call *tool.Call) (*semver.Constraints, error) {
	text, err := call.Need("range")
	if err != nil {
		return nil, err
	}
	c, err := semver.NewConstraint(text)
	if err != nil {
		return nil, &schema.FieldError{Path: "range", Expected: "a range of versions such as ^1.2, ~1.2.3, >=1.2 <2 or 1.x || 3.x", Value: text}
	}
	return c, nil
}

// bumpVersion raises a part. A pre-release is raised by its last number, and
// begun at the next patch.
func bumpVersion(v *semver.Version, part, identifier string) (string, error) {
	var next semver.Version
	switch part {
	case "major": // a pre-release of a major version becomes that version, and so on
		if next = v.IncMajor(); v.Prerelease() != "" && v.Minor() == 0 && v.Patch() == 0 {
			next = v.IncPatch()
		}
	case "minor":
		if next = v.IncMinor(); v.Prerelease() != "" && v.Patch() == 0 {
			next = v.IncPatch()
		}
	case "patch":
		next = v.IncPatch()
	default:
		base, pre := *v, v.Prerelease()
		id, number := pre, ""
		if i := strings.LastIndexByte(pre, '.'); i >= 0 {
			id, number = pre[:i], pre[i+1:]
		}
		n := uint64(1)
		if pre == "" {
			base = v.IncPatch()
		} else if id == identifier && number != "" && strings.Trim(number, "0123456789") == "" && len(number) < 18 {
			for n = 0; number != ""; number = number[1:] {
				n = n*10 + uint64(number[0]-'0')
			}
			n++
		}
		var err error
		if base, err = base.SetMetadata(""); err != nil {
			return "", err
		}
		if next, err = base.SetPrerelease(identifier + "." + formatUint(n)); err != nil {
			return "", &schema.FieldError{Path: "identifier", Expected: "letters, digits and hyphens", Value: identifier}
		}
	}
	return next.String(), nil
}

func manyVersions(ctx context.Context, call *tool.Call) (*tool.Result, error) {
	list, ok := call.Params["versions"].([]any)
	if !ok {
		return nil, call.Missing("versions")
	}
	var c *semver.Constraints
	if call.Operation != "sort" {
		var err error
		if c, err = parseRange(call); err != nil {
			return nil, err
		}
	}
	var versions []*semver.Version
	for i, e := range list {
		if i%256 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		v, err := parseVersion("versions["+formatUint(uint64(i+1))+"]", e.(string))
		if err != nil {
			return nil, err
		}
		if c == nil || c.Check(v) {
			versions = append(versions, v)
		}
	}
	slices.SortStableFunc(versions, func(a, b *semver.Version) int { return a.Compare(b) })
	if call.Params.Bool("descending") {
		slices.Reverse(versions)
	}
	names := make([]any, len(versions))
	for i, v := range versions {
		names[i] = v.Original()
	}
	out := map[string]any{"versions": names}
	if call.Operation != "sort" {
		out["version"] = nil
		if n := len(versions); n > 0 {
			newest := (call.Operation == "max_satisfying") != call.Params.Bool("descending")
			out["version"] = names[0]
			if newest {
				out["version"] = names[n-1]
			}
		}
	}
	return tool.Value(out), nil
}
