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

// writeClip makes the video of the examples: the headers of an MP4 file with a
// picture track of 2.5 seconds and no pictures.
func writeClip(dir string) error {
	return os.WriteFile(filepath.Join(dir, "clip.mp4"), clip(), 0o644)
}

func clip() []byte {
	box := func(kind string, parts ...[]byte) []byte {
		body := bytes.Join(parts, nil)
		return append(binary.BigEndian.AppendUint32(nil, uint32(8+len(body))), append([]byte(kind), body...)...)
	}
	words := func(values ...uint32) []byte {
		var b []byte
		for _, v := range values {
			b = binary.BigEndian.AppendUint32(b, v)
		}
		return b
	}
	// A sample entry: 6 bytes and an index, 16 of no use, the size, and the rest.
	entry := box("avc1", words(0, 1), make([]byte, 16), words(640<<16|360), make([]byte, 50))
	return append(box("ftyp", []byte("isom"), words(512), []byte("isomavc1")), box("moov",
		box("mvhd", words(0, 0, 0, 1000, 2500), make([]byte, 80)),
		box("trak", box("mdia",
			box("mdhd", words(0, 0, 0, 24000, 60000, 0x15c7<<16)), // eng
			box("hdlr", words(0, 0), []byte("vide"), make([]byte, 13)),
			box("minf", box("stbl", box("stsd", words(0, 1), entry), box("stsz", words(0, 0, 60)))))))...)
}
