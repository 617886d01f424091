package media

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
)

// writeSample makes the picture of the examples, 40 by 20 pixels.
func writeSample(dir string) error {
	img := image.NewNRGBA(image.Rect(0, 0, 40, 20))
	for y := range 20 {
		for x := range 40 {
			img.Set(x, y, color.NRGBA{uint8(x * 6), uint8(y * 12), 128, 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "sample.png"), b.Bytes(), 0o644)
}

// writeTone makes the sound of the examples: half a second of 440 Hz, one
// channel of 16 bits, 8000 samples a second.
func writeTone(dir string) error {
	const samples = 4000
	var b bytes.Buffer
	b.WriteString("RIFF")
	binary.Write(&b, binary.LittleEndian, uint32(36+2*samples))
	b.WriteString("WAVEfmt ")
	for _, v := range []any{uint32(16), uint16(1), uint16(1), uint32(8000), uint32(16000), uint16(2), uint16(16)} {
		binary.Write(&b, binary.LittleEndian, v)
	}
	b.WriteString("data")
	binary.Write(&b, binary.LittleEndian, uint32(2*samples))
	for i := range samples {
		binary.Write(&b, binary.LittleEndian, int16(20000*math.Sin(2*math.Pi*440*float64(i)/8000)))
	}
	return os.WriteFile(filepath.Join(dir, "tone.wav"), b.Bytes(), 0o644)
}
