package imaging

import (
	"bytes"
	"encoding/binary"
	"math"
	"strings"
	"unicode/utf8"
)

// Limits of what is read of EXIF.
const (
	maxEXIF    = 1 << 20
	maxEntries = 500 // of all directories
	maxEXIFVal = 256 // numbers of one entry; texts have 1000 bytes
)

// findEXIF finds the TIFF block that holds EXIF.
func findEXIF(format string, data []byte) []byte {
	switch format {
	case "jpeg":
		return exifOfJPEG(data)
	case "png":
		return chunkOf(data[8:], "eXIf", false)
	case "webp":
		block := chunkOf(data[12:], "EXIF", true)
		return bytes.TrimPrefix(block, []byte("Exif\x00\x00"))
	case "tiff":
		return data
	}
	return nil
}

func exifOfJPEG(data []byte) []byte {
	for at := 2; at+4 <= len(data) && data[at] == 0xff; {
		marker, size := data[at+1], int(binary.BigEndian.Uint16(data[at+2:]))
		if marker == 0xda || marker == 0xd9 || size < 2 || at+2+size > len(data) { // the pixels begin
			return nil
		}
		if body := data[at+4 : at+2+size]; marker == 0xe1 && bytes.HasPrefix(body, []byte("Exif\x00\x00")) {
			return body[6:]
		}
		at += 2 + size
	}
	return nil
}

// chunkOf finds a chunk of PNG (its size before its name, a checksum behind it)
// or of RIFF (its name before its size, padded to an even length).
func chunkOf(data []byte, name string, riff bool) []byte {
	for len(data) >= 8 {
		id, size := string(data[4:8]), int64(binary.BigEndian.Uint32(data))
		tail := int64(4)
		if riff {
			id, size = string(data[:4]), int64(binary.LittleEndian.Uint32(data[4:]))
			tail = size & 1
		}
		if size > int64(len(data)-8) {
			return nil
		}
		if id == name {
			return data[8 : 8+size]
		}
		if size+tail > int64(len(data)-8) {
			return nil
		}
		data = data[8+size+tail:]
	}
	return nil
}

// exif reads directories of tags. Every offset is checked, each directory is
// read once, and the number of entries is bounded.
type exif struct {
	data  []byte
	order binary.ByteOrder
	left  int
	seen  map[uint32]bool
	out   map[string]any
}

func parseEXIF(data []byte) map[string]any {
	if len(data) < 8 {
		return nil
	}
	x := &exif{data: data, order: binary.LittleEndian, left: maxEntries, seen: map[uint32]bool{}, out: map[string]any{}}
	switch string(data[:2]) {
	case "MM":
		x.order = binary.BigEndian
	case "II":
	default:
		return nil
	}
	x.directory(x.order.Uint32(data[4:]), mainTags())
	x.position()
	if len(x.out) == 0 {
		return nil
	}
	return x.out
}

func (x *exif) directory(offset uint32, names map[uint16]string) {
	if x.seen[offset] || uint64(offset)+2 > uint64(len(x.data)) {
		return
	}
	x.seen[offset] = true
	count := int(x.order.Uint16(x.data[offset:]))
	for i := range count {
		at := uint64(offset) + 2 + 12*uint64(i)
		if at+12 > uint64(len(x.data)) || x.left == 0 {
			return
		}
		x.left--
		x.entry(x.data[at:at+12], names)
	}
}

func (x *exif) entry(e []byte, names map[uint16]string) {
	tag, kind, count := x.order.Uint16(e), x.order.Uint16(e[2:]), uint64(x.order.Uint32(e[4:]))
	switch tag {
	case 0x8769:
		x.directory(x.order.Uint32(e[8:]), photoTags())
		return
	case 0x8825:
		x.directory(x.order.Uint32(e[8:]), gpsTags())
		return
	}
	name, ok := names[tag]
	sizes := [...]uint64{0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8}
	if !ok || kind == 0 || int(kind) >= len(sizes) {
		return
	}
	raw := e[8:12]
	if size := sizes[kind] * count; size > 4 {
		offset := uint64(x.order.Uint32(raw))
		if size > maxEXIF || offset+size > uint64(len(x.data)) {
			return
		}
		raw = x.data[offset : offset+size]
	} else {
		raw = raw[:size]
	}
	if v := x.value(kind, raw, int(sizes[kind])); v != nil {
		x.out[name] = v
	}
}

func (x *exif) value(kind uint16, raw []byte, size int) any {
	if kind == 2 || kind == 7 { // text, or bytes that are nearly always text
		raw, _, _ = bytes.Cut(raw, []byte{0})
		text := strings.TrimSpace(string(raw[:min(len(raw), 1000)]))
		if text == "" || !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' }) {
			return nil
		}
		return text
	}
	var list []any
	for ; len(raw) >= size && len(list) < maxEXIFVal; raw = raw[size:] {
		list = append(list, x.number(kind, raw))
	}
	switch len(list) {
	case 0:
		return nil
	case 1:
		return list[0]
	}
	return list
}

func (x *exif) number(kind uint16, raw []byte) any {
	ratio := func(a, b float64) any {
		if b == 0 {
			return nil
		}
		return math.Round(a/b*1e9) / 1e9
	}
	switch kind {
	case 1:
		return int64(raw[0])
	case 6:
		return int64(int8(raw[0]))
	case 3:
		return int64(x.order.Uint16(raw))
	case 8:
		return int64(int16(x.order.Uint16(raw)))
	case 4:
		return int64(x.order.Uint32(raw))
	case 9:
		return int64(int32(x.order.Uint32(raw)))
	case 5:
		return ratio(float64(x.order.Uint32(raw)), float64(x.order.Uint32(raw[4:])))
	case 10:
		return ratio(float64(int32(x.order.Uint32(raw))), float64(int32(x.order.Uint32(raw[4:]))))
	case 11:
		return finite(float64(math.Float32frombits(x.order.Uint32(raw))))
	}
	return finite(math.Float64frombits(x.order.Uint64(raw)))
}

func finite(f float64) any {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil
	}
	return f
}

// position makes decimal degrees of the GPS tags.
func (x *exif) position() {
	for _, axis := range []struct{ tag, name, negative string }{{"GPSLatitude", "latitude", "S"}, {"GPSLongitude", "longitude", "W"}} {
		parts, _ := x.out[axis.tag].([]any)
		if len(parts) != 3 {
			continue
		}
		degrees, scale := 0.0, 1.0
		for _, p := range parts {
			f, ok := p.(float64)
			if !ok {
				return
			}
			degrees += f / scale
			scale *= 60
		}
		if x.out[axis.tag+"Ref"] == axis.negative {
			degrees = -degrees
		}
		x.out[axis.name] = math.Round(degrees*1e7) / 1e7
	}
}

func mainTags() map[uint16]string {
	return map[uint16]string{0x010e: "ImageDescription", 0x010f: "Make", 0x0110: "Model", 0x0112: "Orientation", 0x011a: "XResolution", 0x011b: "YResolution",
		0x0128: "ResolutionUnit", 0x0131: "Software", 0x0132: "DateTime", 0x013b: "Artist", 0x8298: "Copyright"}
}

func photoTags() map[uint16]string {
	return map[uint16]string{0x829a: "ExposureTime", 0x829d: "FNumber", 0x8822: "ExposureProgram", 0x8827: "ISOSpeedRatings", 0x9003: "DateTimeOriginal",
		0x9004: "DateTimeDigitized", 0x9010: "OffsetTime", 0x9011: "OffsetTimeOriginal", 0x9201: "ShutterSpeedValue", 0x9202: "ApertureValue", 0x9203: "BrightnessValue",
		0x9204: "ExposureBiasValue", 0x9205: "MaxApertureValue", 0x9206: "SubjectDistance", 0x9207: "MeteringMode", 0x9208: "LightSource", 0x9209: "Flash", 0x920a: "FocalLength",
		0xa001: "ColorSpace", 0xa002: "PixelXDimension", 0xa003: "PixelYDimension", 0xa402: "ExposureMode", 0xa403: "WhiteBalance", 0xa404: "DigitalZoomRatio",
		0xa405: "FocalLengthIn35mmFilm", 0xa430: "CameraOwnerName", 0xa431: "BodySerialNumber", 0xa433: "LensMake", 0xa434: "LensModel"}
}

func gpsTags() map[uint16]string {
	return map[uint16]string{1: "GPSLatitudeRef", 2: "GPSLatitude", 3: "GPSLongitudeRef", 4: "GPSLongitude", 5: "GPSAltitudeRef", 6: "GPSAltitude", 7: "GPSTimeStamp",
		12: "GPSSpeedRef", 13: "GPSSpeed", 16: "GPSImgDirectionRef", 17: "GPSImgDirection", 29: "GPSDateStamp"}
}
