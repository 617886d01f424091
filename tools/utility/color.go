package utility

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

func colorDefinition() tool.Definition {
	color := func(about string) *schema.Schema {
		s := schema.Text(about)
		s.MaxLength = schema.Ptr(100)
		return s
	}
	return tool.Static(&tool.Descriptor{
		Name: "color-converter", Aliases: []string{"colour-converter", "color"}, Category: "utility", Version: "1.0.0", Security: tool.Safe, Quick: true,
		Tags:        []string{"color", "hex", "rgb", "hsl", "contrast", "css"},
		Description: "Converts colors between hex, rgb, hsl, hsv and cmyk, computes the contrast of two (WCAG), and mixes, lightens and darkens them",
		Parameters: schema.Map("",
			schema.Optional("operation", schema.Choice("What to do", "convert", "contrast", "mix", "lighten", "darken").WithDefault("convert")),
			schema.Required("color", color("#1e90ff, #18f, rgb(30, 144, 255), hsl(210, 100%, 56%), hsv(210, 88%, 100%), cmyk(88%, 44%, 0%, 0%) or a CSS name such as tomato"), "input"),
			schema.Optional("other", color("The second color (contrast, mix)"), "background", "with"),
			schema.Optional("amount", (&schema.Schema{Types: []schema.Type{schema.Number}, Minimum: schema.Ptr(0.0), Maximum: schema.Ptr(1.0),
				Description: "How much of the second color (mix), or how much lighter or darker, from 0 to 1"}).WithDefault(0.5))),
		Result: &schema.Schema{Types: []schema.Type{schema.Object}, Properties: []schema.Property{
			schema.Optional("hex", schema.Text("#rrggbb")), schema.Optional("css", schema.Text("rgb(r, g, b)")),
			schema.Optional("rgb", schema.Map("r, g, b from 0 to 255")), schema.Optional("hsl", schema.Map("h in degrees; s, l in percent")), schema.Optional("hsv", schema.Map("h in degrees; s, v in percent")),
			schema.Optional("cmyk", schema.Map("c, m, y, k in percent, without a color profile")), schema.Optional("luminance", schema.Num("Relative luminance from 0 to 1 (WCAG)")),
			schema.Optional("ratio", schema.Num("From 1 to 21 (contrast)")), schema.Optional("aa", schema.Flag("At least 4.5, for normal text (contrast)")),
			schema.Optional("aaa", schema.Flag("At least 7 (contrast)")), schema.Optional("aa_large", schema.Flag("At least 3, for large text (contrast)")),
		}},
		Examples: []tool.Example{
			{Description: "Convert", Params: object("color", "#1e90ff"), Want: object("css", "rgb(30, 144, 255)", "hsl", object("h", 209.6, "s", 100.0, "l", 55.9))},
			{Description: "Contrast", Params: object("operation", "contrast", "color", "#777", "other", "white"), Want: object("ratio", 4.48, "aa", false, "aa_large", true)},
			{Description: "Mix", Params: object("operation", "mix", "color", "red", "other", "blue"), Want: object("hex", "#800080")},
			{Description: "Lighten", Params: object("operation", "lighten", "color", "#800000", "amount", 0.25), Want: object("hex", "#ff0000")},
			{Description: "Darken", Params: object("operation", "darken", "color", "hsl(0, 100%, 50%)", "amount", 0.25), Want: object("hex", "#800000")},
		},
	}, convertColor)
}

// rgb holds red, green and blue from 0 to 1.
type rgb [3]float64

func parseColor(field, text string) (rgb, error) {
	wrong := &schema.FieldError{Path: field, Expected: "a color such as #1e90ff, rgb(30, 144, 255), hsl(210, 100%, 56%), hsv(…), cmyk(…) or a CSS name such as red; transparency is not supported", Value: text}
	s := strings.ToLower(strings.TrimSpace(text))
	if hex, ok := cssColors()[s]; ok {
		s = "#" + hex
	}
	if hex, ok := strings.CutPrefix(s, "#"); ok {
		if len(hex) == 4 && hex[3] == 'f' || len(hex) == 8 && strings.HasSuffix(hex, "ff") { // opaque
			hex = hex[:len(hex)/4*3]
		}
		if len(hex) == 3 {
			hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
		}
		n, err := strconv.ParseUint(hex, 16, 32)
		if err != nil || len(hex) != 6 {
			return rgb{}, wrong
		}
		return rgb{float64(n>>16) / 255, float64(n>>8&255) / 255, float64(n&255) / 255}, nil
	}
	name, rest, ok := strings.Cut(s, "(")
	body, end := strings.CutSuffix(rest, ")")
	parts := strings.FieldsFunc(body, func(r rune) bool { return r == ',' || r == ' ' })
	count := 3
	if name == "cmyk" {
		count = 4
	}
	if !ok || !end || len(parts) != count {
		return rgb{}, wrong
	}
	var v [4]float64 // from 0 to 1, but hues in degrees
	for i, p := range parts {
		number, percent := strings.CutSuffix(p, "%")
		f, err := strconv.ParseFloat(strings.TrimSuffix(number, "deg"), 64)
		if err != nil || math.IsNaN(f) || math.Abs(f) > 1e6 {
			return rgb{}, wrong
		}
		hue := i == 0 && (name == "hsl" || name == "hsv" || name == "hsb")
		high := 100.0
		if name == "rgb" && !percent {
			high = 255
		}
		switch {
		case hue && !percent:
			v[i] = f
			continue
		case hue, name == "hsl" && !percent, f < 0, f > high:
			return rgb{}, wrong
		}
		v[i] = f / high
	}
	switch name {
	case "rgb":
		return rgb{v[0], v[1], v[2]}, nil
	case "hsl":
		return fromHSL(v[0], v[1], v[2]), nil
	case "hsv", "hsb":
		l := v[2] * (1 - v[1]/2)
		s := 0.0
		if l > 0 && l < 1 {
			s = (v[2] - l) / min(l, 1-l)
		}
		return fromHSL(v[0], s, l), nil
	case "cmyk":
		return rgb{(1 - v[0]) * (1 - v[3]), (1 - v[1]) * (1 - v[3]), (1 - v[2]) * (1 - v[3])}, nil
	}
	return rgb{}, wrong
}

func fromHSL(h, s, l float64) rgb {
	h = math.Mod(math.Mod(h, 360)+360, 360)
	channel := func(n float64) float64 {
		k := math.Mod(n+h/30, 12)
		return l - s*math.Min(l, 1-l)*math.Max(-1, math.Min(math.Min(k-3, 9-k), 1))
	}
	return rgb{channel(0), channel(8), channel(4)}
}

// hsl returns hue in degrees, and saturation and lightness from 0 to 1.
func (c rgb) hsl() (h, s, l float64) {
	high, low := max(c[0], c[1], c[2]), min(c[0], c[1], c[2])
	l = (high + low) / 2
	d := high - low
	if d == 0 {
		return 0, 0, l
	}
	switch high {
	case c[0]:
		h = math.Mod((c[1]-c[2])/d+6, 6)
	case c[1]:
		h = (c[2]-c[0])/d + 2
	default:
		h = (c[0]-c[1])/d + 4
	}
	return 60 * h, d / (1 - math.Abs(2*l-1)), l
}

func (c rgb) luminance() float64 {
	linear := func(f float64) float64 {
		if f <= 0.04045 {
			return f / 12.92
		}
		return math.Pow((f+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c[0]) + 0.7152*linear(c[1]) + 0.0722*linear(c[2])
}

func (c rgb) describe() map[string]any {
	byteOf := func(f float64) int { return int(math.Round(max(0, min(f, 1)) * 255)) }
	r, g, b := byteOf(c[0]), byteOf(c[1]), byteOf(c[2])
	h, s, l := c.hsl()
	high := max(c[0], c[1], c[2])
	percent := func(f float64) float64 { return roundTo(100*f, 1) }
	hsvS, cmyk := 0.0, [3]float64{}
	if high > 0 {
		hsvS = (high - min(c[0], c[1], c[2])) / high
		for i := range 3 {
			cmyk[i] = (high - c[i]) / high
		}
	}
	h = roundTo(h, 1)
	return map[string]any{"hex": fmt.Sprintf("#%02x%02x%02x", r, g, b), "css": fmt.Sprintf("rgb(%d, %d, %d)", r, g, b), "rgb": map[string]any{"r": r, "g": g, "b": b},
		"hsl": map[string]any{"h": h, "s": percent(s), "l": percent(l)}, "hsv": map[string]any{"h": h, "s": percent(hsvS), "v": percent(high)},
		"cmyk":      map[string]any{"c": percent(cmyk[0]), "m": percent(cmyk[1]), "y": percent(cmyk[2]), "k": percent(1 - high)},
		"luminance": roundTo(c.luminance(), 4)}
}

func convertColor(_ context.Context, call *tool.Call) (*tool.Result, error) {
	c, err := parseColor("color", call.Params.String("color"))
	if err != nil {
		return nil, err
	}
	amount := call.Params.Float("amount")
	switch call.Operation {
	case "contrast", "mix":
		text, err := call.Need("other")
		if err != nil {
			return nil, err
		}
		o, err := parseColor("other", text)
		if err != nil {
			return nil, err
		}
		if call.Operation == "mix" {
			for i := range c {
				c[i] += (o[i] - c[i]) * amount
			}
			break
		}
		x, y := c.luminance(), o.luminance()
		ratio := (max(x, y) + 0.05) / (min(x, y) + 0.05)
		return tool.Value(map[string]any{"ratio": roundTo(ratio, 2), "aa": ratio >= 4.5, "aaa": ratio >= 7, "aa_large": ratio >= 3}), nil
	case "lighten", "darken":
		h, s, l := c.hsl()
		if call.Operation == "darken" {
			amount = -amount
		}
		c = fromHSL(h, s, max(0, min(l+amount, 1)))
	}
	return tool.Value(c.describe()), nil
}
