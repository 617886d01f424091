package imaging

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
	"golang.org/x/image/webp"
)

// Limits of pictures.
const (
	MaxPixels = 64 << 20 // of a picture, and of all frames of an animation
	MaxSide   = 30_000
	MaxFile   = 100 << 20
)

// Info is what the beginning of a file tells.
type Info struct {
	Format        string // png, jpeg, gif, bmp, tiff, webp
	Width, Height int    // as stored, before any orientation
	Color         string
	Frames        int // of a GIF; else 1
	EXIF          map[string]any
	Orientation   int // 1 to 8, as EXIF has it
}

// ErrTooLarge is a picture with more pixels than are read.
var ErrTooLarge = fmt.Errorf("the picture has more than %d megapixels, or a side of more than %d pixels", MaxPixels>>20, MaxSide)

// Detect tells the format of a file by its first bytes, or "".
func Detect(data []byte) string {
	switch {
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
		return "png"
	case bytes.HasPrefix(data, []byte("\xff\xd8\xff")):
		return "jpeg"
	case bytes.HasPrefix(data, []byte("GIF87a")), bytes.HasPrefix(data, []byte("GIF89a")):
		return "gif"
	case bytes.HasPrefix(data, []byte("BM")) && len(data) > 26:
		return "bmp"
	case bytes.HasPrefix(data, []byte("II*\x00")), bytes.HasPrefix(data, []byte("MM\x00*")):
		return "tiff"
	case len(data) > 12 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP":
		return "webp"
	}
	return ""
}

// guarded makes an error of a decoder's panic.
func guarded[T any](do func() (T, error)) (v T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the picture is damaged: %v", p)
		}
	}()
	if v, err = do(); err != nil && !errors.Is(err, ErrTooLarge) {
		err = fmt.Errorf("the picture cannot be read: %w", err)
	}
	return v, err
}

// Inspect reads a file's properties without its pixels.
func Inspect(data []byte) (*Info, error) {
	info := &Info{Format: Detect(data), Frames: 1, Orientation: 1}
	cfg, err := guarded(func() (image.Config, error) {
		r := bytes.NewReader(data)
		switch info.Format {
		case "png":
			return png.DecodeConfig(r)
		case "jpeg":
			return jpeg.DecodeConfig(r)
		case "gif":
			return gif.DecodeConfig(r)
		case "bmp":
			return bmp.DecodeConfig(r)
		case "tiff":
			return tiff.DecodeConfig(r)
		case "webp":
			return webp.DecodeConfig(r)
		}
		return image.Config{}, errors.New("it is none of PNG, JPEG, GIF, BMP, TIFF and WebP")
	})
	if err != nil {
		return nil, err
	}
	info.Width, info.Height, info.Color = cfg.Width, cfg.Height, colorName(cfg.ColorModel)
	if info.Format == "gif" {
		info.Frames = countFrames(data)
	}
	if block := findEXIF(info.Format, data); block != nil {
		info.EXIF = parseEXIF(block)
		if o, ok := info.EXIF["Orientation"].(int64); ok && o >= 1 && o <= 8 {
			info.Orientation = int(o)
		}
	}
	return info, nil
}

func colorName(m color.Model) string {
	switch m {
	case color.GrayModel, color.Gray16Model:
		return "gray"
	case color.YCbCrModel:
		return "ycbcr"
	case color.CMYKModel:
		return "cmyk"
	case color.NRGBAModel, color.NRGBA64Model, color.NYCbCrAModel:
		return "rgba"
	case color.RGBAModel, color.RGBA64Model:
		return "rgb"
	}
	if _, ok := m.(color.Palette); ok {
		return "palette"
	}
	return "other"
}

func checkSize(width, height int) error {
	if width <= 0 || height <= 0 {
		return errors.New("the picture has no pixels")
	}
	if width > MaxSide || height > MaxSide || width*height > MaxPixels {
		return ErrTooLarge
	}
	return nil
}

// Decode reads a picture upright: turned as EXIF says. Of an animation it is
// the first frame.
func Decode(data []byte) (image.Image, *Info, error) {
	info, err := Inspect(data)
	if err == nil {
		err = checkSize(info.Width, info.Height)
	}
	if err != nil {
		return nil, nil, err
	}
	img, err := guarded(func() (image.Image, error) {
		r := bytes.NewReader(data)
		switch info.Format {
		case "png":
			return png.Decode(r)
		case "jpeg":
			return jpeg.Decode(r)
		case "gif":
			return gif.Decode(r)
		case "bmp":
			return bmp.Decode(r)
		case "tiff":
			return tiff.Decode(r)
		}
		return webp.Decode(r)
	})
	if err != nil {
		return nil, nil, err
	}
	// A decoder may give another size than its header does.
	if err := checkSize(img.Bounds().Dx(), img.Bounds().Dy()); err != nil {
		return nil, nil, err
	}
	return orient(img, info.Orientation), info, nil
}

// DecodeAnimation reads all frames of a GIF.
func DecodeAnimation(data []byte) (*gif.GIF, error) {
	cfg, err := guarded(func() (image.Config, error) { return gif.DecodeConfig(bytes.NewReader(data)) })
	if err == nil {
		err = checkSize(cfg.Width, cfg.Height)
	}
	if err != nil {
		return nil, err
	}
	if countFrames(data)*cfg.Width*cfg.Height > MaxPixels {
		return nil, ErrTooLarge
	}
	return guarded(func() (*gif.GIF, error) { return gif.DecodeAll(bytes.NewReader(data)) })
}

// countFrames counts the pictures of a GIF by walking over its blocks.
func countFrames(data []byte) int {
	if len(data) < 13 {
		return 0
	}
	at := 13
	if data[10]&0x80 != 0 {
		at += 3 << (data[10]&7 + 1)
	}
	skip := func() { // sub-blocks, up to an empty one
		for at < len(data) && data[at] != 0 {
			at += int(data[at]) + 1
		}
		at++
	}
	frames := 0
	for at < len(data) {
		switch data[at] {
		case '!':
			at += 2
			skip()
		case ',':
			if at+10 > len(data) {
				return frames
			}
			frames++
			flags := data[at+9]
			at += 10
			if flags&0x80 != 0 {
				at += 3 << (flags&7 + 1)
			}
			at++ // the code size
			skip()
		default: // the end, or damage
			return frames
		}
	}
	return frames
}
