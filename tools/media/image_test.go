package media

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/color/palette"
	"image/gif"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/tools/internal/tooltest"
	"github.com/llmspell/llmspell/tools/media/internal/imaging"
	"github.com/llmspell/llmspell/tools/tool"
)

func put(t testing.TB, dir, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// corners is a picture of w by h pixels: red, green, blue and white in the
// corners, clockwise from the upper left, by quarters.
func corners(w, h int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.NRGBA{255, 0, 0, 255}
			switch {
			case x >= w/2 && y < h/2:
				c = color.NRGBA{0, 255, 0, 255}
			case x >= w/2:
				c = color.NRGBA{0, 0, 255, 255}
			case y >= h/2:
				c = color.NRGBA{255, 255, 255, 255}
			}
			img.Set(x, y, c)
		}
	}
	return img
}

// seen spells the corners of a picture, clockwise from the upper left.
func seen(t testing.TB, img image.Image) string {
	b, out := img.Bounds(), ""
	for _, p := range []image.Point{{b.Min.X + 1, b.Min.Y + 1}, {b.Max.X - 2, b.Min.Y + 1}, {b.Max.X - 2, b.Max.Y - 2}, {b.Min.X + 1, b.Max.Y - 2}} {
		r, g, bl, a := img.At(p.X, p.Y).RGBA()
		name := "?"
		switch on := func(v uint32) bool { return v > 0xa000 }; {
		case a < 0x4000:
			name = "-"
		case on(r) && on(g) && on(bl):
			name = "W"
		case on(r) && !on(g) && !on(bl):
			name = "R"
		case on(g) && !on(r):
			name = "G"
		case on(bl) && !on(r):
			name = "B"
		}
		out += name
	}
	return out
}

// photo is a JPEG with EXIF in it.
func photo(t testing.TB, orientation uint16) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, corners(64, 32), &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	var x bytes.Buffer
	x.WriteString("Exif\x00\x00MM\x00*\x00\x00\x00\x08")
	put := func(vs ...any) {
		for _, v := range vs {
			binary.Write(&x, binary.BigEndian, v)
		}
	}
	put(uint16(3), uint16(0x0112), uint16(3), uint32(1), orientation, uint16(0), uint16(0x0110), uint16(2), uint32(9), uint32(100), uint16(0x8825), uint16(4), uint32(1), uint32(110), uint32(0))
	x.Write(make([]byte, 100-(x.Len()-6)))
	x.WriteString("Camera 1\x00\x00")
	put(uint16(2), uint16(1), uint16(2), uint32(2), []byte("S\x00\x00\x00"), uint16(2), uint16(5), uint32(3), uint32(140), uint32(0))
	put(uint32(33), uint32(1), uint32(30), uint32(1), uint32(0), uint32(1))
	out := append([]byte{0xff, 0xd8, 0xff, 0xe1, 0, 0}, x.Bytes()...)
	binary.BigEndian.PutUint16(out[4:], uint16(x.Len()+2))
	return append(out, b.Bytes()[2:]...)
}

func animation(t testing.TB) []byte {
	t.Helper()
	g := &gif.GIF{Config: image.Config{Width: 32, Height: 16, ColorModel: color.Palette(palette.WebSafe)}}
	for i := range 3 {
		p := image.NewPaletted(image.Rect(0, 0, 32, 16), palette.WebSafe)
		if i > 0 { // only a part changes
			p = image.NewPaletted(image.Rect(0, 0, 8, 8), palette.WebSafe)
		}
		for j := range p.Pix {
			p.Pix[j] = uint8(30 + 60*i)
		}
		g.Image, g.Delay, g.Disposal = append(g.Image, p), append(g.Delay, 10), append(g.Disposal, gif.DisposalNone)
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, g); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A WebP of one pixel (lossless).
const webpPixel = "RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00"

func imageRunner(t testing.TB) *tooltest.Runner {
	t.Helper()
	r := tooltest.New(t, Definitions())
	var b bytes.Buffer
	if err := png.Encode(&b, corners(64, 32)); err != nil {
		t.Fatal(err)
	}
	put(t, r.Dir, "c.png", b.Bytes())
	put(t, r.Dir, "a.gif", animation(t))
	put(t, r.Dir, "w.webp", []byte(webpPixel))
	put(t, r.Dir, "text.png", []byte("no picture"))
	put(t, r.Dir, "cut.png", b.Bytes()[:b.Len()/2])
	for o := range uint16(8) {
		put(t, r.Dir, fmt.Sprintf("o%d.jpg", o+1), photo(t, o+1))
	}
	return r
}

func TestImageChanges(t *testing.T) {
	r := imageRunner(t)
	for _, c := range []struct{ params, size, corners string }{
		{`"operation":"convert","source_path":"c.png","target_path":"x.bmp"`, "64x32", "RGBW"},
		{`"operation":"convert","source_path":"c.png","target_path":"x.tiff"`, "64x32", "RGBW"},
		{`"operation":"convert","source_path":"c.png","target_path":"x.gif"`, "64x32", "RGBW"},
		{`"operation":"convert","source_path":"c.png","target_path":"x.jpg"`, "64x32", "RGBW"},
		{`"operation":"convert","source_path":"c.png","target_path":"x","target_format":"jpg"`, "64x32", "RGBW"},
		{`"operation":"resize","source_path":"c.png","target_path":"x.png","width":32`, "32x16", "RGBW"},
		{`"operation":"resize","source_path":"c.png","target_path":"x.png","height":64,"filter":"nearest"`, "128x64", "RGBW"},
		{`"operation":"resize","source_path":"c.png","target_path":"x.png","width":32,"height":32,"filter":"bilinear"`, "32x16", "RGBW"},
		{`"operation":"resize","source_path":"c.png","target_path":"x.png","width":32,"height":32,"maintain_aspect_ratio":false,"filter":"fast"`, "32x32", "RGBW"},
		{`"operation":"thumbnail","source_path":"c.png","target_path":"x.png","max_width":16`, "16x8", "RGBW"},
		{`"operation":"thumbnail","source_path":"c.png","target_path":"x.png"`, "64x32", "RGBW"},
		{`"operation":"crop","source_path":"c.png","target_path":"x.png","x":32,"width":32,"height":16`, "32x16", "GGGG"},
		{`"operation":"rotate","source_path":"c.png","target_path":"x.png"`, "32x64", "WRGB"},
		{`"operation":"rotate","source_path":"c.png","target_path":"x.png","degrees":180`, "64x32", "BWRG"},
		{`"operation":"rotate","source_path":"c.png","target_path":"x.png","degrees":-90`, "32x64", "GBWR"},
		{`"operation":"rotate","source_path":"c.png","target_path":"x.png","degrees":720`, "64x32", "RGBW"},
		{`"operation":"rotate","source_path":"c.png","target_path":"x.png","degrees":45`, "68x68", "----"},
		{`"operation":"rotate","source_path":"c.png","target_path":"x.png","degrees":45,"background":"white"`, "68x68", "WWWW"},
		{`"operation":"rotate","source_path":"c.png","target_path":"x.png","degrees":1,"background":"black"`, "65x34", "R?B?"},
		{`"operation":"flip","source_path":"c.png","target_path":"x.png"`, "64x32", "GRWB"},
		{`"operation":"flip","source_path":"c.png","target_path":"x.png","direction":"vertical"`, "64x32", "WBGR"},
		{`"operation":"grayscale","source_path":"c.png","target_path":"x.png"`, "64x32", "???W"},
		{`"operation":"convert","source_path":"o1.jpg","target_path":"x.png"`, "64x32", "RGBW"},
		{`"operation":"convert","source_path":"o2.jpg","target_path":"x.png"`, "64x32", "GRWB"},
		{`"operation":"convert","source_path":"o3.jpg","target_path":"x.png"`, "64x32", "BWRG"},
		{`"operation":"convert","source_path":"o4.jpg","target_path":"x.png"`, "64x32", "WBGR"},
		{`"operation":"convert","source_path":"o5.jpg","target_path":"x.png"`, "32x64", "RWBG"},
		{`"operation":"convert","source_path":"o6.jpg","target_path":"x.png"`, "32x64", "WRGB"},
		{`"operation":"convert","source_path":"o7.jpg","target_path":"x.png"`, "32x64", "BGRW"},
		{`"operation":"convert","source_path":"o8.jpg","target_path":"x.png"`, "32x64", "GBWR"},
	} {
		res, err := r.Call(t, context.Background(), "image-processor", "{"+c.params+"}")
		if err != nil {
			t.Errorf("%s: %v", c.params, err)
			continue
		}
		m := res.Value.(map[string]any)
		data, _ := os.ReadFile(filepath.Join(r.Dir, m["target_path"].(string)))
		img, info, decodeErr := imaging.Decode(data)
		if decodeErr != nil {
			t.Errorf("%s: %v", c.params, decodeErr)
			continue
		}
		if size := fmt.Sprintf("%dx%d", img.Bounds().Dx(), img.Bounds().Dy()); size != c.size || size != fmt.Sprintf("%vx%v", m["width"], m["height"]) ||
			seen(t, img) != c.corners || info.Format != m["format"] || m["size"] != len(data) {
			t.Errorf("%s: %s %s %+v %v; want %s %s", c.params, size, seen(t, img), info, m, c.size, c.corners)
		}
	}
}

func TestImageProperties(t *testing.T) {
	r := imageRunner(t)
	r.Table(t, "image-processor", []tooltest.Want{
		{Params: `{"operation":"detect","file_path":"c.png"}`, Field: "format", Value: `"png"`},
		{Params: `{"operation":"detect","file_path":"w.webp"}`, Field: "mime_type", Value: `"image/webp"`},
		{Params: `{"operation":"detect","file_path":"text.png"}`, Field: "supported", Value: `false`},
		{Params: `{"operation":"metadata","file_path":"c.png"}`, Field: "width", Value: `64`},
		{Params: `{"operation":"metadata","file_path":"o6.jpg"}`, Field: "width", Value: `32`},
		{Params: `{"operation":"metadata","file_path":"o6.jpg"}`, Field: "stored_width", Value: `64`},
		{Params: `{"operation":"metadata","file_path":"o6.jpg"}`, Field: "exif",
			Value: `{"GPSLatitude":[33,30,0],"GPSLatitudeRef":"S","Model":"Camera 1","Orientation":6,"latitude":-33.5}`},
		{Params: `{"operation":"metadata","file_path":"a.gif"}`, Field: "frames", Value: `3`},
		{Params: `{"operation":"metadata","file_path":"w.webp"}`, Field: "height", Value: `1`},
		{Params: `{"operation":"convert","source_path":"w.webp","target_path":"w.png"}`, Field: "width", Value: `1`},
		{Params: `{"operation":"resize","source_path":"a.gif","target_path":"b.gif","width":16,"all_frames":true}`, Field: "frames", Value: `3`},
		{Params: `{"operation":"metadata","file_path":"b.gif"}`, Field: "frames", Value: `3`},
		{Params: `{"operation":"metadata","file_path":"b.gif"}`, Field: "width", Value: `16`},
		{Params: `{"operation":"resize","source_path":"a.gif","target_path":"c.gif","width":16}`, Field: "frames", Value: `1`},

		{Params: `{}`, Err: `"operation" is missing`},
		{Params: `{"operation":"paint","file_path":"c.png"}`, Err: `"operation" is wrong`},
		{Params: `{"operation":"detect"}`, Err: `"source_path" is missing`},
		{Params: `{"operation":"detect","file_path":"none.png"}`, Err: "no such file", Code: tool.ResourceNotFound},
		{Params: `{"operation":"detect","file_path":"/etc/hostname"}`, Err: "read access", Code: tool.PermissionDenied},
		{Params: `{"operation":"metadata","file_path":"text.png"}`, Err: "none of PNG, JPEG, GIF, BMP, TIFF and WebP"},
		{Params: `{"operation":"convert","source_path":"cut.png","target_path":"x.png"}`, Err: "the picture cannot be read"},
		{Params: `{"operation":"convert","source_path":"c.png"}`, Err: `"target_path" is missing`},
		{Params: `{"operation":"convert","source_path":"c.png","target_path":"x"}`, Err: `"target_path" is wrong: expected a name that ends in .png`},
		{Params: `{"operation":"convert","source_path":"c.png","target_path":"/etc/x.png"}`, Err: "write access", Code: tool.PermissionDenied},
		{Params: `{"operation":"convert","source_path":"c.png","target_path":"x.webp"}`, Err: "WebP can be read but not written", Code: tool.Unsupported},
		{Params: `{"operation":"convert","source_path":"c.png","target_path":"x.png","target_format":"svg"}`, Err: `"target_format" is wrong`},
		{Params: `{"operation":"convert","source_path":"c.png","target_path":"x.jpg","quality":0}`, Err: `"quality" is wrong`},
		{Params: `{"operation":"resize","source_path":"c.png","target_path":"x.png"}`, Err: `"width" is missing`},
		{Params: `{"operation":"resize","source_path":"c.png","target_path":"x.png","width":0}`, Err: `"width" is wrong`},
		{Params: `{"operation":"resize","source_path":"c.png","target_path":"x.png","height":40000}`, Err: `"height" is wrong`},
		{Params: `{"operation":"resize","source_path":"c.png","target_path":"x.png","width":30000}`, Err: "more than 64 megapixels", Code: tool.LimitExceeded},
		{Params: `{"operation":"resize","source_path":"c.png","target_path":"x.png","width":9,"filter":"best"}`, Err: `"filter" is wrong`},
		{Params: `{"operation":"resize","source_path":"c.png","target_path":"x.png","width":9,"maintain_aspect_ratio":1}`, Err: `"maintain_aspect_ratio" is wrong`},
		{Params: `{"operation":"crop","source_path":"c.png","target_path":"x.png","width":9}`, Err: `"height" is missing`},
		{Params: `{"operation":"crop","source_path":"c.png","target_path":"x.png","width":9,"height":9,"x":60}`, Err: `"width" reaches beyond the picture`},
		{Params: `{"operation":"crop","source_path":"c.png","target_path":"x.png","width":9,"height":9,"y":-1}`, Err: `"y" is wrong`},
		{Params: `{"operation":"rotate","source_path":"c.png","target_path":"x.png","degrees":"x"}`, Err: `"degrees" is wrong`},
		{Params: `{"operation":"rotate","source_path":"c.png","target_path":"x.png","background":"pink"}`, Err: `"background" is wrong`},
		{Params: `{"operation":"flip","source_path":"c.png","target_path":"x.png","direction":"up"}`, Err: `"direction" is wrong`},
		{Params: `{"operation":"thumbnail","source_path":"c.png","target_path":"x.png","max_width":0}`, Err: `"max_width" is wrong`},
		{Params: `{"operation":"thumbnail","source_path":"c.png","target_path":"x.png","max_height":0}`, Err: `"max_height" is wrong`},
		{Params: `{"operation":"resize","source_path":"a.gif","target_path":"x.png","width":9,"all_frames":true}`, Err: `"all_frames" needs a GIF as target`},
	})
	if err := os.Symlink("/etc/hostname", filepath.Join(r.Dir, "link.png")); err != nil {
		t.Fatal(err)
	}
	r.Table(t, "image-processor", []tooltest.Want{{Params: `{"operation":"detect","file_path":"link.png"}`, Err: "leads out of the allowed folders", Code: tool.PermissionDenied}})
}

// A few bytes that claim to be 50,000 by 50,000 pixels.
func TestDecompressionBombIsRefused(t *testing.T) {
	r := imageRunner(t)
	data, err := os.ReadFile(filepath.Join(r.Dir, "c.png"))
	if err != nil {
		t.Fatal(err)
	}
	binary.BigEndian.PutUint32(data[16:], 50_000)
	binary.BigEndian.PutUint32(data[20:], 50_000)
	binary.BigEndian.PutUint32(data[29:], crc32.ChecksumIEEE(data[12:29]))
	put(t, r.Dir, "bomb.png", data)
	r.Table(t, "image-processor", []tooltest.Want{
		{Params: `{"operation":"metadata","file_path":"bomb.png"}`, Field: "width", Value: `50000`},
		{Params: `{"operation":"thumbnail","source_path":"bomb.png","target_path":"x.png"}`, Err: "more than 64 megapixels", Code: tool.LimitExceeded},
	})
}

func TestImageIsCancelled(t *testing.T) {
	r := imageRunner(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := r.Call(t, ctx, "image-processor", `{"operation":"resize","source_path":"c.png","target_path":"x.png","width":9}`); err == nil || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(filepath.Join(r.Dir, "x.png")); err == nil {
		t.Error("a cancelled call wrote its file")
	}
}

func FuzzInspect(f *testing.F) {
	f.Add(photo(f, 6))
	f.Add(animation(f))
	f.Add([]byte(webpPixel))
	f.Add([]byte("II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00\x06\x00\x00\x00\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		info, err := imaging.Inspect(data)
		if err == nil && info.Format == "" {
			t.Fatal("a picture without a format")
		}
		if err == nil && info.Width*info.Height < 1<<16 {
			if _, _, err := imaging.Decode(data); err != nil && strings.Contains(err.Error(), "damaged: runtime error") {
				t.Log(err)
			}
		}
	})
}
