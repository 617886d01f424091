package imaging

import (
	"image"
	"image/color"
	"image/draw"
	"math"

	xdraw "golang.org/x/image/draw"
)

// Resize scales a picture with a filter: catmullrom (sharp), bilinear, fast or
// nearest (hard edges).
func Resize(src image.Image, width, height int, filter string) (image.Image, error) {
	if err := checkSize(width, height); err != nil {
		return nil, err
	}
	scaler := xdraw.Scaler(xdraw.CatmullRom)
	switch filter {
	case "bilinear":
		scaler = xdraw.BiLinear
	case "fast":
		scaler = xdraw.ApproxBiLinear
	case "nearest":
		scaler = xdraw.NearestNeighbor
	}
	dst := image.NewNRGBA(image.Rect(0, 0, width, height))
	scaler.Scale(dst, dst.Bounds(), src, src.Bounds(), xdraw.Src, nil)
	return dst, nil
}

// Fit returns the largest size of the same shape within a box; a side of 0
// follows from the other.
func Fit(width, height, maxWidth, maxHeight int) (int, int) {
	scale := math.Inf(1)
	if maxWidth > 0 {
		scale = float64(maxWidth) / float64(width)
	}
	if maxHeight > 0 {
		scale = min(scale, float64(maxHeight)/float64(height))
	}
	side := func(n int) int { return max(1, int(math.Round(float64(n)*scale))) }
	return side(width), side(height)
}

// Crop cuts a part out, which must lie within the picture.
func Crop(src image.Image, r image.Rectangle) image.Image {
	dst := image.NewNRGBA(image.Rect(0, 0, r.Dx(), r.Dy()))
	draw.Draw(dst, dst.Bounds(), src, r.Min.Add(src.Bounds().Min), draw.Src)
	return dst
}

// Gray makes shades of gray of the colours, and keeps transparency.
func Gray(src image.Image) image.Image {
	b := src.Bounds()
	dst := image.NewNRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(dst, dst.Bounds(), src, b.Min, draw.Src)
	for i := 0; i+3 < len(dst.Pix); i += 4 {
		p := dst.Pix[i : i+4 : i+4]
		y := uint8((299*int(p[0]) + 587*int(p[1]) + 114*int(p[2]) + 500) / 1000) // ITU-R BT.601
		p[0], p[1], p[2] = y, y, y
	}
	return dst
}

// Flip mirrors a picture: left with right, or top with bottom.
func Flip(src image.Image, vertical bool) image.Image {
	return remap(src, false, func(x, y, w, h int) (int, int) {
		if vertical {
			return x, h - 1 - y
		}
		return w - 1 - x, y
	})
}

// Rotate turns a picture clockwise by degrees. Other angles than multiples of
// 90 make it larger, with background in the corners.
func Rotate(src image.Image, degrees float64, background color.Color) (image.Image, error) {
	degrees = math.Mod(math.Mod(degrees, 360)+360, 360)
	switch degrees {
	case 0:
		return Crop(src, src.Bounds().Sub(src.Bounds().Min)), nil
	case 90:
		return orient(src, 6), nil
	case 180:
		return orient(src, 3), nil
	case 270:
		return orient(src, 8), nil
	}
	angle := degrees * math.Pi / 180
	sin, cos := math.Sincos(angle)
	b := src.Bounds()
	w, h := float64(b.Dx()), float64(b.Dy())
	width, height := int(math.Ceil(math.Abs(w*cos)+math.Abs(h*sin)-1e-9)), int(math.Ceil(math.Abs(w*sin)+math.Abs(h*cos)-1e-9))
	if err := checkSize(width, height); err != nil {
		return nil, err
	}
	dst := image.NewNRGBA(image.Rect(0, 0, width, height))
	draw.Draw(dst, dst.Bounds(), image.NewUniform(background), image.Point{}, draw.Src)
	// About the centres of both.
	cx, cy := float64(b.Min.X)+w/2, float64(b.Min.Y)+h/2
	tx, ty := float64(width)/2-(cos*cx-sin*cy), float64(height)/2-(sin*cx+cos*cy)
	xdraw.BiLinear.Transform(dst, [6]float64{cos, -sin, tx, sin, cos, ty}, src, b, xdraw.Over, nil)
	return dst, nil
}

// orient makes a picture upright that is stored in one of EXIF's orientations.
func orient(src image.Image, orientation int) image.Image {
	switch orientation {
	case 2:
		return Flip(src, false)
	case 3:
		return remap(src, false, func(x, y, w, h int) (int, int) { return w - 1 - x, h - 1 - y })
	case 4:
		return Flip(src, true)
	case 5:
		return remap(src, true, func(x, y, _, _ int) (int, int) { return y, x })
	case 6:
		return remap(src, true, func(x, y, w, _ int) (int, int) { return y, w - 1 - x })
	case 7:
		return remap(src, true, func(x, y, w, h int) (int, int) { return h - 1 - y, w - 1 - x })
	case 8:
		return remap(src, true, func(x, y, _, h int) (int, int) { return h - 1 - y, x })
	}
	return src
}

// remap builds a picture from another: from tells where the pixel x, y of the
// new one, which is w wide and h high, stands in the old one.
func remap(src image.Image, swap bool, from func(x, y, w, h int) (int, int)) image.Image {
	b := src.Bounds()
	plain, ok := src.(*image.NRGBA)
	if !ok || b.Min != (image.Point{}) {
		plain = image.NewNRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
		draw.Draw(plain, plain.Bounds(), src, b.Min, draw.Src)
	}
	w, h := b.Dx(), b.Dy()
	if swap {
		w, h = h, w
	}
	dst := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			sx, sy := from(x, y, w, h)
			copy(dst.Pix[y*dst.Stride+4*x:][:4], plain.Pix[sy*plain.Stride+4*sx:][:4])
		}
	}
	return dst
}
