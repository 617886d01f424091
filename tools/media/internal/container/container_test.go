package container

import (
	"bytes"
	"context"
	"errors"
	"math"
	"strings"
	"testing"
)

func riff(kind string, chunks ...string) string {
	body := kind + strings.Join(chunks, "")
	return "RIFF" + string(little.AppendUint32(nil, uint32(len(body)))) + body
}

func chunk(id, body string) string {
	s := id + string(little.AppendUint32(nil, uint32(len(body)))) + body
	return s + strings.Repeat("\x00", len(body)&1)
}

func words(order interface {
	AppendUint32([]byte, uint32) []byte
}, values ...uint32) string {
	var b []byte
	for _, v := range values {
		b = order.AppendUint32(b, v)
	}
	return string(b)
}

func mp3File(frames int) string {
	return "ID3\x03\x00\x00\x00\x00\x00\x0a" + strings.Repeat("\x00", 10) + strings.Repeat("\xff\xfb\x90\x64"+strings.Repeat("\x00", 413), frames)
}

func oggPage(flags byte, serial uint32, position uint64, body string) string {
	b := append([]byte("OggS\x00"), flags)
	b = little.AppendUint64(b, position)
	b = little.AppendUint32(b, serial)
	b = append(b, make([]byte, 8)...)
	return string(append(b, 1, byte(len(body)))) + body
}

func ebml(id uint32, body string) string {
	var b []byte
	for shift := 24; shift >= 0; shift -= 8 {
		if c := byte(id >> shift); c != 0 || len(b) > 0 {
			b = append(b, c)
		}
	}
	return string(append(b, 0x40|byte(len(body)>>8), byte(len(body)))) + body
}

func box(kind, body string) string { return words(big, uint32(8+len(body))) + kind + body }

func samples() map[string]string {
	format := "\x01\x00\x02\x00" + words(little, 44100, 176400) + "\x04\x00\x10\x00"
	streamInfo := "fLaC\x80\x00\x00\x22" + strings.Repeat("\x00", 10) + string(big.AppendUint64(nil, 48000<<44|1<<41|23<<36|96000)) + strings.Repeat("\x00", 16)
	header := ebml(mkHeader, ebml(mkDocs, "webm"))
	mk := header + ebml(mkSegment, ebml(mkInfo, ebml(mkScale, "\x0f\x42\x40")+ebml(mkDuration, string(big.AppendUint64(nil, math.Float64bits(1500))))+ebml(mkTitle, "Hello"))+
		ebml(mkTracks, ebml(mkEntry, ebml(mkType, "\x01")+ebml(mkCodec, "V_VP9")+ebml(mkFrame, "\x02\x62\x5a\x00")+ebml(mkVideo, ebml(mkWidth, "\x05\x00")+ebml(mkHeight, "\x02\xd0")))+
			ebml(mkEntry, ebml(mkType, "\x02")+ebml(mkCodec, "A_OPUS")+ebml(mkLanguage, "eng")+ebml(mkAudio, ebml(mkSampleRate, string(big.AppendUint32(nil, math.Float32bits(48000))))+ebml(mkChannels, "\x02")))))
	avi := riff("AVI ", chunk("LIST", "hdrl"+chunk("avih", words(little, 40000, 0, 0, 0, 250, 0, 2, 0, 320, 240))+
		chunk("LIST", "strl"+chunk("strh", "vidsXVID"+words(little, 0, 0, 0, 1, 25, 0, 250, 0, 0, 0))+chunk("strf", words(little, 40, 320, 240, 0, 0, 0, 0, 0, 0, 0)))+
		chunk("LIST", "strl"+chunk("strh", "auds\x00\x00\x00\x00"+words(little, 0, 0, 0, 1, 8000, 0, 80000, 0, 0, 0))+chunk("strf", "\x55\x00\x01\x00"+words(little, 8000, 8000)+"\x01\x00\x00\x00"))),
		chunk("LIST", "movi"))
	entry := box("mp4a", words(big, 0, 1)+strings.Repeat("\x00", 8)+"\x00\x02\x00\x10"+words(big, 0, 22050<<16))
	m4a := box("ftyp", "M4A \x00\x00\x00\x00") + words(big, 1) + "free" + string(big.AppendUint64(nil, 24)) + strings.Repeat("\x00", 8) + box("moov", box("mvhd", words(big, 1<<24, 0, 0, 0, 0, 600, 0, 1200)+strings.Repeat("\x00", 80))+
		box("trak", box("mdia", box("mdhd", words(big, 0, 0, 0, 22050, 44100, 0x55c40000))+box("hdlr", words(big, 0, 0)+"soun"+strings.Repeat("\x00", 13))+box("minf", box("stbl", box("stsd", words(big, 0, 1)+entry))))))
	return map[string]string{
		"wav":  riff("WAVE", chunk("fmt ", format), chunk("LIST", "INFO"), chunk("data", strings.Repeat("\x00", 17640))),
		"mp3":  mp3File(100),
		"flac": streamInfo,
		"ogg":  oggPage(2, 7, 0, "OpusHead\x01\x02\x38\x01"+words(little, 44100)+"\x00\x00\x00") + oggPage(0, 7, 0, "OpusTags") + oggPage(4, 7, 48000*3+312, "x"),
		"webm": mk, "avi": avi, "m4a": m4a,
	}
}

func read(data string) (*Info, error) {
	return Read(context.Background(), strings.NewReader(data), int64(len(data)))
}

func TestRead(t *testing.T) {
	for name, want := range map[string]struct {
		duration float64
		tracks   []Track
	}{
		"wav":  {0.1, []Track{{Kind: "audio", Codec: "pcm", SampleRate: 44100, Channels: 2, BitDepth: 16}}},
		"mp3":  {2.606, []Track{{Kind: "audio", Codec: "mp3", SampleRate: 44100, Channels: 2}}},
		"flac": {2, []Track{{Kind: "audio", Codec: "flac", SampleRate: 48000, Channels: 2, BitDepth: 24}}},
		"ogg":  {3, []Track{{Kind: "audio", Codec: "opus", SampleRate: 48000, Channels: 2}}},
		"webm": {1.5, []Track{{Kind: "video", Codec: "vp9", Width: 1280, Height: 720, FrameRate: 25}, {Kind: "audio", Codec: "opus", Language: "eng", SampleRate: 48000, Channels: 2}}},
		"avi":  {10, []Track{{Kind: "video", Codec: "mpeg4", Width: 320, Height: 240, FrameRate: 25}, {Kind: "audio", Codec: "mp3", SampleRate: 8000, Channels: 1}}},
		"m4a":  {2, []Track{{Kind: "audio", Codec: "aac", SampleRate: 22050, Channels: 2, BitDepth: 16}}},
	} {
		info, err := read(samples()[name])
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if info.Format != name || math.Abs(info.Duration-want.duration) > 0.01 || len(info.Tracks) != len(want.tracks) {
			t.Errorf("%s: %+v", name, info)
			continue
		}
		for i, got := range info.Tracks {
			got.Duration = 0
			if got != want.tracks[i] {
				t.Errorf("%s: the track is %+v; want %+v", name, got, want.tracks[i])
			}
		}
	}
	if info, err := read(samples()["webm"]); err != nil || info.Tags["title"] != "Hello" {
		t.Errorf("the title: %v, %v", info, err)
	}
}

func TestReadRefusesDamage(t *testing.T) {
	if _, err := read("hello, this is no media file at all"); !errors.Is(err, ErrUnknown) {
		t.Errorf("text: %v", err)
	}
	if _, err := read(""); err == nil {
		t.Error("nothing is read as something")
	}
	for name, data := range samples() {
		for cut := range len(data) { // no cut may panic or hang
			read(data[:cut])
		}
		if _, err := read(data[:13]); err == nil {
			t.Errorf("%s: 13 bytes are enough", name)
		}
	}
	// A box within itself, as often as it can be written.
	deep := strings.Repeat(box("mdia", ""), maxBoxes+10)
	if _, err := read(box("ftyp", "isom") + box("moov", box("trak", deep))); err == nil || !strings.Contains(err.Error(), "more than 20000 parts") {
		t.Errorf("many boxes: %v", err)
	}
	if _, err := read(box("ftyp", "isom") + words(big, 1) + "moov" + "\xff\xff\xff\xff\xff\xff\xff\xff"); err == nil {
		t.Error("a box of 2^64 bytes is read")
	}
	done, cancel := context.WithCancel(context.Background())
	cancel()
	many := box("ftyp", "isom") + strings.Repeat(box("free", ""), 1000)
	if _, err := Read(done, strings.NewReader(many), int64(len(many))); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range samples() {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		info, err := Read(context.Background(), bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		if len(info.Tracks) > maxTracks || math.IsNaN(info.Duration) || math.IsInf(info.Duration, 0) || info.Duration < 0 {
			t.Fatalf("%+v", info)
		}
		if w, err := OpenWAV(context.Background(), bytes.NewReader(data), int64(len(data))); err == nil {
			if s, err := NewSamples(w, bytes.NewReader(data)); err == nil {
				frame := make([]float64, w.Channels)
				for range 1000 {
					if s.Read(frame) != nil {
						break
					}
				}
			}
		}
	})
}
