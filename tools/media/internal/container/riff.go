package container

import (
	"encoding/binary"
	"math"
	"strings"
)

var little, big = binary.LittleEndian, binary.BigEndian

// WAV is the layout of a WAV file.
type WAV struct {
	Format     int // 1 integers, 3 floats
	Channels   int
	SampleRate int
	BitDepth   int
	Data       int64 // where the samples are
	Size       int64 // bytes of them
}

// Frame is how many bytes one sample of all channels takes.
func (w *WAV) Frame() int { return w.Channels * ((w.BitDepth + 7) / 8) }

// chunks calls do with each chunk between two offsets.
func (f *file) chunks(at, end int64, do func(id string, at, size int64) (bool, error)) error {
	for at+8 <= end {
		if err := f.step(); err != nil {
			return err
		}
		h, err := f.bytes(at, 8)
		if err != nil {
			return err
		}
		size := int64(little.Uint32(h[4:]))
		more, err := do(string(h[:4]), at+8, min(size, end-at-8))
		if err != nil || !more {
			return err
		}
		at += 8 + size + size&1
	}
	return nil
}

// ReadWAV finds the layout of a WAV file.
func (f *file) readWAV() (*WAV, error) {
	w := &WAV{}
	err := f.chunks(12, f.size, func(id string, at, size int64) (bool, error) {
		switch id {
		case "fmt ":
			b, err := f.bytes(at, min(size, 40))
			if err != nil || len(b) < 16 {
				return false, damaged("its format chunk is too short")
			}
			w.Format, w.Channels = int(little.Uint16(b)), int(little.Uint16(b[2:]))
			w.SampleRate, w.BitDepth = int(little.Uint32(b[4:])), int(little.Uint16(b[14:]))
			if w.Format == 0xfffe && len(b) >= 26 { // extensible: the format is the beginning of a GUID
				w.Format = int(little.Uint16(b[24:]))
			}
		case "data":
			w.Data, w.Size = at, size
			return false, nil
		}
		return true, nil
	})
	if err != nil {
		return nil, err
	}
	if w.Channels < 1 || w.Channels > 64 || w.SampleRate < 1 || w.SampleRate > 10_000_000 || w.BitDepth < 1 || w.BitDepth > 64 {
		return nil, damaged("it has no plausible format chunk (%d channels, %d samples a second, %d bits)", w.Channels, w.SampleRate, w.BitDepth)
	}
	if w.Data == 0 {
		return nil, damaged("it has no samples")
	}
	return w, nil
}

func (f *file) wav(info *Info) error {
	w, err := f.readWAV()
	if err != nil {
		return err
	}
	codec := map[int]string{1: "pcm", 3: "pcm_float", 6: "alaw", 7: "mulaw", 0x11: "adpcm", 0x55: "mp3"}[w.Format]
	if codec == "" {
		codec = "unknown"
	}
	t := Track{Kind: "audio", Codec: codec, SampleRate: w.SampleRate, Channels: w.Channels, BitDepth: w.BitDepth}
	if codec[0] == 'p' || w.Format == 6 || w.Format == 7 {
		t.Duration = float64(w.Size) / float64(w.Frame()) / float64(w.SampleRate)
	}
	info.add(t)
	return nil
}

// avi reads the main header and those of the streams.
func (f *file) avi(info *Info) error {
	frame, total := 0.0, 0.0
	var list func(at, end int64, depth int) error
	var kind string
	list = func(at, end int64, depth int) error {
		return f.chunks(at, end, func(id string, at, size int64) (bool, error) {
			switch id {
			case "LIST":
				b, err := f.bytes(at, min(4, size))
				if err != nil || len(b) < 4 {
					return false, err
				}
				if name := string(b); depth < 3 && (name == "hdrl" || name == "strl") {
					if err := list(at+4, at+size, depth+1); err != nil {
						return false, err
					}
				} else if name == "movi" {
					return false, nil
				}
			case "avih":
				b, err := f.bytes(at, min(40, size))
				if err != nil || len(b) < 40 {
					return false, damaged("its header is too short")
				}
				frame, total = float64(little.Uint32(b))/1e6, float64(little.Uint32(b[16:]))
			case "strh":
				b, err := f.bytes(at, min(48, size))
				if err != nil || len(b) < 36 {
					return false, damaged("the header of a stream is too short")
				}
				kind = string(b[:4])
				t := Track{Kind: map[string]string{"vids": "video", "auds": "audio", "txts": "subtitle"}[kind], Codec: strings.ToLower(strings.TrimRight(string(b[4:8]), "\x00 "))}
				if t.Kind == "" {
					t.Kind = "other"
				}
				scale, rate, length := float64(little.Uint32(b[20:])), float64(little.Uint32(b[24:])), float64(little.Uint32(b[32:]))
				if scale > 0 && rate > 0 {
					t.Duration = length * scale / rate
					if kind == "vids" {
						t.FrameRate = rate / scale
					}
				}
				t.Codec = codecName(t.Codec)
				info.add(t)
			case "strf":
				b, err := f.bytes(at, min(40, size))
				if err != nil || len(info.Tracks) == 0 {
					return false, err
				}
				t := &info.Tracks[len(info.Tracks)-1]
				if kind == "vids" && len(b) >= 20 {
					t.Width, t.Height = int(int32(little.Uint32(b[4:]))), int(math.Abs(float64(int32(little.Uint32(b[8:])))))
					if t.Codec == "" {
						t.Codec = codecName(strings.ToLower(strings.TrimRight(string(b[16:20]), "\x00 ")))
					}
				}
				if kind == "auds" && len(b) >= 16 {
					t.Codec = map[uint16]string{1: "pcm", 3: "pcm_float", 0x50: "mp2", 0x55: "mp3", 0xff: "aac", 0x2000: "ac3"}[little.Uint16(b)]
					t.Channels, t.SampleRate, t.BitDepth = int(little.Uint16(b[2:])), int(little.Uint32(b[4:])), int(little.Uint16(b[14:]))
				}
			}
			return true, nil
		})
	}
	if err := list(12, f.size, 0); err != nil {
		return err
	}
	if info.Tracks == nil {
		return damaged("it has no streams")
	}
	if info.Duration == 0 {
		info.Duration = frame * total
	}
	return nil
}

// codecName gives the usual name of what a file calls a codec.
func codecName(s string) string {
	switch s {
	case "avc1", "avc3", "h264", "x264", "V_MPEG4/ISO/AVC":
		return "h264"
	case "hvc1", "hev1", "V_MPEGH/ISO/HEVC":
		return "hevc"
	case "av01", "V_AV1":
		return "av1"
	case "vp08", "V_VP8":
		return "vp8"
	case "vp09", "V_VP9":
		return "vp9"
	case "mp4v", "xvid", "divx", "dx50", "V_MPEG4/ISO/ASP":
		return "mpeg4"
	case "mjpg", "jpeg", "V_MJPEG":
		return "mjpeg"
	case "mp4a", "A_AAC":
		return "aac"
	case "Opus", "A_OPUS":
		return "opus"
	case "A_VORBIS":
		return "vorbis"
	case ".mp3", "A_MPEG/L3":
		return "mp3"
	case "ac-3", "A_AC3":
		return "ac3"
	case "ec-3", "A_EAC3":
		return "eac3"
	case "fLaC", "A_FLAC":
		return "flac"
	case "alac":
		return "alac"
	case "sowt", "twos", "lpcm", "A_PCM/INT/LIT", "A_PCM/INT/BIG":
		return "pcm"
	case "tx3g", "wvtt", "S_TEXT/UTF8", "S_TEXT/ASS", "S_TEXT/WEBVTT":
		return "text"
	case "":
		return ""
	}
	return strings.ToLower(s)
}
