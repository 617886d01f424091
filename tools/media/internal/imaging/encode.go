package imaging

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/color/palette"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
)

// ErrNoWebP is what writing WebP gives.
var ErrNoWebP = errors.New("WebP can be read but not written: no well-kept encoder exists in pure Go; write png or jpeg")

// Formats lists what Encode writes.
func Formats() []string { return []string{"png", "jpeg", "gif", "bmp", "tiff"} }

// Encode writes a picture. quality is that of JPEG, 1 to 100. JPEG has no
// transparency: it is put on white.
func Encode(img image.Image, format string, quality int) ([]byte, error) {
	var b bytes.Buffer
	var err error
	switch format {
	case "png":
		err = png.Encode(&b, img)
	case "jpeg":
		flat := image.NewRGBA(image.Rect(0, 0, img.Bounds().Dx(), img.Bounds().Dy()))
		draw.Draw(flat, flat.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
		draw.Draw(flat, flat.Bounds(), img, img.Bounds().Min, draw.Over)
		err = jpeg.Encode(&b, flat, &jpeg.Options{Quality: quality})
	case "gif":
		err = gif.Encode(&b, img, nil)
	case "bmp":
		err = bmp.Encode(&b, img)
	case "tiff":
		err = tiff.Encode(&b, img, &tiff.Options{Compression: tiff.Deflate, Predictor: true})
	case "webp":
		err = ErrNoWebP
	default:
		err = fmt.Errorf("the format %q cannot be written", format)
	}
	return b.Bytes(), err
}

// Animate applies a change to every frame of an animation. Frames that hold
// only what differs from those before are made whole first.
func Animate(g *gif.GIF, change func(image.Image) (image.Image, error)) ([]byte, error) {
	canvas := image.NewNRGBA(image.Rect(0, 0, g.Config.Width, g.Config.Height))
	out := &gif.GIF{LoopCount: g.LoopCount}
	total := 0
	for i, frame := range g.Image {
		var before *image.NRGBA
		if g.Disposal[i] == gif.DisposalPrevious {
			before = image.NewNRGBA(canvas.Rect)
			copy(before.Pix, canvas.Pix)
		}
		draw.Draw(canvas, frame.Bounds(), frame, frame.Bounds().Min, draw.Over)
		changed, err := change(canvas)
		if err != nil {
			return nil, err
		}
		b := changed.Bounds()
		if total += b.Dx() * b.Dy(); total > MaxPixels {
			return nil, ErrTooLarge
		}
		colors := append(color.Palette{color.Transparent}, palette.Plan9[:255]...)
		p := image.NewPaletted(image.Rect(0, 0, b.Dx(), b.Dy()), colors)
		draw.FloydSteinberg.Draw(p, p.Bounds(), changed, b.Min)
		out.Image, out.Delay = append(out.Image, p), append(out.Delay, g.Delay[i])
		out.Disposal = append(out.Disposal, gif.DisposalBackground)
		out.Config = image.Config{ColorModel: colors, Width: b.Dx(), Height: b.Dy()}
		switch g.Disposal[i] {
		case gif.DisposalBackground:
			draw.Draw(canvas, frame.Bounds(), image.Transparent, image.Point{}, draw.Src)
		case gif.DisposalPrevious:
			canvas = before
		}
	}
	var b bytes.Buffer
	err := gif.EncodeAll(&b, out)
	return b.Bytes(), err
}
