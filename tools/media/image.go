package media

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"path/filepath"
	"strings"
	"time"

	"github.com/llmspell/llmspell/tools/media/internal/imaging"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

func imageDefinition() tool.Definition {
	pixels := func(description string) *schema.Schema { return schema.Int(description, 0, imaging.MaxSide) }
	side := func(description string) *schema.Schema { return schema.Int(description, 1, imaging.MaxSide) }
	source := "The picture: PNG, JPEG, GIF, BMP, TIFF or WebP"
	setup := func(dir string) (map[string]string, func(), error) { return nil, func() {}, writeSample(dir) }
	example := func(description string, want map[string]any, params map[string]any) tool.Example {
		return tool.Example{Description: description, Params: params, Want: want, Setup: setup}
	}
	return tool.Static(&tool.Descriptor{
		Name: "image-processor", Aliases: []string{"image"}, Category: "media", Version: "1.0.0", Security: tool.Safe, Needs: []tool.Need{tool.Files},
		SideEffects: true, Timeout: time.Minute, Tags: []string{"image", "picture", "photo", "resize", "thumbnail", "convert", "exif", "png", "jpeg", "gif", "webp"},
		Description: "Reads the properties of pictures, and resizes, converts, crops, rotates, flips and grays them. EXIF orientation is applied. " +
			"WebP is read but cannot be written. Metadata is not copied to what is written",
		Parameters: schema.Map("",
			schema.Required("operation", schema.Choice("What to do", "detect", "metadata", "resize", "convert", "crop", "rotate", "thumbnail", "flip", "grayscale").
				WithAliases(map[string]string{"info": "metadata", "scale": "resize", "greyscale": "grayscale", "mirror": "flip"})),
			schema.Optional("source_path", schema.Text(source), "file_path", "path", "file", "input", "source"),
			schema.Optional("target_path", schema.Text("The file to write; its name tells the format unless target_format does"), "output_path", "target", "output"),
			schema.Optional("target_format", schema.Choice("The format to write. webp is not supported", "png", "jpeg", "gif", "bmp", "tiff", "webp").
				WithAliases(map[string]string{"jpg": "jpeg", "tif": "tiff"}), "format"),
			schema.Optional("width", side("The width in pixels (resize, crop)")), schema.Optional("height", side("The height in pixels (resize, crop)")),
			schema.Optional("x", pixels("The left edge (crop)").WithDefault(0.0)), schema.Optional("y", pixels("The upper edge (crop)").WithDefault(0.0)),
			schema.Optional("degrees", schema.Num("By how much to turn clockwise (rotate)").WithDefault(90.0), "angle"),
			schema.Optional("background", schema.Choice("What fills the corners (rotate)", "transparent", "white", "black").WithDefault("transparent")),
			schema.Optional("direction", schema.Choice("Which way to mirror (flip)", "horizontal", "vertical").WithDefault("horizontal")),
			schema.Optional("maintain_aspect_ratio", (&schema.Schema{Types: []schema.Type{schema.Boolean}, Description: "Keep the shape: the picture fits into width and height (resize)"}).WithDefault(true), "keep_aspect"),
			schema.Optional("filter", schema.Choice("How to scale: catmullrom is sharp, nearest keeps hard edges (resize, thumbnail)", "catmullrom", "bilinear", "fast", "nearest").WithDefault("catmullrom").
				WithAliases(map[string]string{"lanczos": "catmullrom", "bicubic": "catmullrom"})),
			schema.Optional("max_width", side("The box that the thumbnail fits into").WithDefault(200.0)), schema.Optional("max_height", side("Likewise").WithDefault(200.0)),
			schema.Optional("quality", schema.Int("The quality of JPEG", 1, 100).WithDefault(85.0)),
			schema.Optional("all_frames", schema.Flag("Change every frame of an animated GIF and write an animated GIF; otherwise the first frame is taken")),
		),
		Result: schema.Map("detect {format, mime_type, supported}; metadata {format, width, height, stored_width, stored_height, color, frames, animated, orientation, size, exif}; " +
			"the others {source_path, target_path, format, width, height, frames, size}"),
		Examples: []tool.Example{
			example("What is it?", map[string]any{"format": "png", "mime_type": "image/png"}, map[string]any{"operation": "detect", "file_path": "sample.png"}),
			example("Read the properties", map[string]any{"width": 40, "height": 20}, map[string]any{"operation": "metadata", "file_path": "sample.png"}),
			example("Make it smaller", map[string]any{"width": 20, "height": 10}, map[string]any{"operation": "resize", "source_path": "sample.png", "target_path": "small.png", "width": 20.0}),
			example("Convert", map[string]any{"format": "jpeg"}, map[string]any{"operation": "convert", "source_path": "sample.png", "target_path": "sample.jpg", "quality": 90.0}),
			example("Cut a part out", map[string]any{"width": 10, "height": 10}, map[string]any{"operation": "crop", "source_path": "sample.png", "target_path": "part.png", "x": 5.0, "y": 5.0, "width": 10.0, "height": 10.0}),
			example("Turn", map[string]any{"width": 20, "height": 40}, map[string]any{"operation": "rotate", "source_path": "sample.png", "target_path": "turned.png", "degrees": 90.0}),
			example("Make a thumbnail", map[string]any{"width": 16, "height": 8}, map[string]any{"operation": "thumbnail", "source_path": "sample.png", "target_path": "thumb.png", "max_width": 16.0, "max_height": 16.0}),
			example("Mirror", map[string]any{"width": 40}, map[string]any{"operation": "flip", "source_path": "sample.png", "target_path": "mirror.png"}),
			example("Make it gray", map[string]any{"format": "png"}, map[string]any{"operation": "grayscale", "source_path": "sample.png", "target_path": "gray.png"}),
		},
	}, runImage)
}

func runImage(ctx context.Context, call *tool.Call) (*tool.Result, error) {
	path, err := call.Need("source_path")
	if err != nil {
		return nil, err
	}
	target, format, err := "", "", error(nil)
	if call.Operation != "detect" && call.Operation != "metadata" {
		if target, format, err = imageTarget(call); err != nil {
			return nil, err
		}
	}
	data, err := call.Sandbox.ReadFile(ctx, path)
	if err != nil {
		return nil, err
	}
	switch call.Operation {
	case "detect":
		kind := imaging.Detect(data)
		value := map[string]any{"format": nil, "mime_type": nil, "supported": kind != "", "size": len(data)}
		if kind != "" {
			value["format"], value["mime_type"] = kind, "image/"+kind
		}
		return tool.Value(value), nil
	case "metadata":
		return imageMetadata(data)
	}
	out, width, height, frames, err := changeImage(ctx, call, data, format)
	if err != nil {
		return nil, imageError(err)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := call.Sandbox.WriteFile(target, out); err != nil {
		return nil, err
	}
	return &tool.Result{Message: fmt.Sprintf("wrote %s, %d x %d pixels", target, width, height), Value: map[string]any{"source_path": path, "target_path": target,
		"format": format, "width": width, "height": height, "frames": frames, "size": len(out)}}, nil
}

// imageTarget finds what to write before anything is read.
func imageTarget(call *tool.Call) (target, format string, err error) {
	if target, err = call.Need("target_path"); err != nil {
		return "", "", err
	}
	format = call.Params.String("target_format")
	if format == "" {
		format = strings.TrimPrefix(strings.ToLower(filepath.Ext(target)), ".")
		switch format {
		case "jpg":
			format = "jpeg"
		case "tif":
			format = "tiff"
		}
	}
	switch format {
	case "png", "jpeg", "gif", "bmp", "tiff":
	case "webp":
		return "", "", tool.Errorf(tool.Unsupported, "%w", imaging.ErrNoWebP)
	default:
		return "", "", &schema.FieldError{Path: "target_path", Expected: "a name that ends in .png, .jpg, .gif, .bmp or .tiff, or target_format", Value: target}
	}
	if call.Params.Bool("all_frames") && format != "gif" {
		return "", "", &schema.FieldError{Path: "all_frames", Problem: "needs a GIF as target, and this is " + format}
	}
	return target, format, nil
}

func imageError(err error) error {
	if err == imaging.ErrTooLarge {
		return tool.Errorf(tool.LimitExceeded, "%w", err)
	}
	return err
}

func imageMetadata(data []byte) (*tool.Result, error) {
	info, err := imaging.Inspect(data)
	if err != nil {
		return nil, err
	}
	width, height := info.Width, info.Height
	if info.Orientation >= 5 { // lying on its side
		width, height = height, width
	}
	value := map[string]any{"format": info.Format, "mime_type": "image/" + info.Format, "width": width, "height": height, "stored_width": info.Width, "stored_height": info.Height,
		"color": info.Color, "frames": info.Frames, "animated": info.Frames > 1, "orientation": info.Orientation, "size": len(data), "exif": map[string]any{}}
	if info.EXIF != nil {
		value["exif"] = info.EXIF
	}
	return tool.Value(value), nil
}

// changeImage does the operation and encodes what comes out.
func changeImage(ctx context.Context, call *tool.Call, data []byte, format string) (out []byte, width, height, frames int, err error) {
	change := func(img image.Image) (image.Image, error) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		changed, err := transformImage(call, img)
		if err == nil {
			width, height = changed.Bounds().Dx(), changed.Bounds().Dy()
		}
		return changed, err
	}
	if call.Params.Bool("all_frames") && imaging.Detect(data) == "gif" {
		g, err := imaging.DecodeAnimation(data)
		if err != nil {
			return nil, 0, 0, 0, err
		}
		out, err = imaging.Animate(g, change)
		return out, width, height, len(g.Image), err
	}
	img, _, err := imaging.Decode(data)
	if err != nil {
		return nil, 0, 0, 0, err
	}
	if img, err = change(img); err != nil {
		return nil, 0, 0, 0, err
	}
	if err := ctx.Err(); err != nil {
		return nil, 0, 0, 0, err
	}
	out, err = imaging.Encode(img, format, call.Params.Int("quality"))
	return out, width, height, 1, err
}

func transformImage(call *tool.Call, img image.Image) (image.Image, error) {
	p, b := call.Params, img.Bounds()
	switch call.Operation {
	case "resize":
		width, height := p.Int("width"), p.Int("height")
		if width == 0 && height == 0 {
			return nil, call.Missing("width", "height")
		}
		if width == 0 || height == 0 || p.Bool("maintain_aspect_ratio") {
			width, height = imaging.Fit(b.Dx(), b.Dy(), width, height)
		}
		return imaging.Resize(img, width, height, p.String("filter"))
	case "thumbnail":
		width, height := imaging.Fit(b.Dx(), b.Dy(), p.Int("max_width"), p.Int("max_height"))
		if width > b.Dx() { // never larger than it is
			width, height = b.Dx(), b.Dy()
		}
		return imaging.Resize(img, width, height, p.String("filter"))
	case "crop":
		for _, name := range []string{"width", "height"} {
			if !p.Has(name) {
				return nil, call.Missing(name)
			}
		}
		x, y := p.Int("x"), p.Int("y")
		part := image.Rect(x, y, x+p.Int("width"), y+p.Int("height"))
		if !part.In(image.Rect(0, 0, b.Dx(), b.Dy())) {
			return nil, &schema.FieldError{Path: "width", Problem: fmt.Sprintf("reaches beyond the picture: the part is %v, and the picture has %d x %d pixels", part, b.Dx(), b.Dy())}
		}
		return imaging.Crop(img, part), nil
	case "rotate":
		background := color.Color(color.Transparent)
		switch p.String("background") {
		case "white":
			background = color.White
		case "black":
			background = color.Black
		}
		return imaging.Rotate(img, p.Float("degrees"), background)
	case "flip":
		return imaging.Flip(img, p.String("direction") == "vertical"), nil
	case "grayscale":
		return imaging.Gray(img), nil
	}
	return img, nil
}
