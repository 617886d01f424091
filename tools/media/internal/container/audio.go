package container

import (
	"bytes"
	"context"
	"io"
	"strings"
)

// OpenWAV finds the layout of a WAV file.
func OpenWAV(ctx context.Context, r io.ReaderAt, size int64) (*WAV, error) {
	f := &file{ctx: ctx, r: r, size: size, left: maxBoxes}
	head, err := f.bytes(0, min(12, size))
	if err != nil {
		return nil, err
	}
	if format, _ := Detect(head); format != "wav" {
		return nil, damaged("it is not a WAV file")
	}
	return f.readWAV()
}

// mp3Frame is the header of a frame; samples is 0 when it is none.
type mp3Frame struct {
	samples, size, rate, bitrate, channels, side int
}

func frameOf(b []byte) mp3Frame {
	if len(b) < 4 || b[0] != 0xff || b[1]&0xe0 != 0xe0 || b[1]>>1&3 != 1 { // layer III alone
		return mp3Frame{}
	}
	version := b[1] >> 3 & 3 // 3 is MPEG 1, 2 MPEG 2, 0 MPEG 2.5
	index, rateIndex := b[2]>>4, b[2]>>2&3
	if version == 1 || index == 0 || index == 15 || rateIndex == 3 {
		return mp3Frame{}
	}
	f := mp3Frame{samples: 1152, channels: 2, side: 32, rate: [3]int{44100, 48000, 32000}[rateIndex]}
	rates := [16]int{0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0}
	if version != 3 {
		f.samples, f.side = 576, 17
		f.rate /= 2
		if version == 0 {
			f.rate /= 2
		}
		rates = [16]int{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0}
	}
	if b[3]>>6 == 3 {
		f.channels, f.side = 1, f.side*17/32
		if version != 3 {
			f.side = 9
		}
	}
	f.bitrate = rates[index] * 1000
	f.size = f.samples/8*f.bitrate/f.rate + int(b[2]>>1&1)
	return f
}

// mp3 takes the duration from the Xing or VBRI header, and estimates it from
// the bit rate without one.
func (f *file) mp3(info *Info) error {
	at := int64(0)
	for f.size-at >= 10 { // ID3v2 tags before the sound
		h, err := f.bytes(at, 10)
		if err != nil || string(h[:3]) != "ID3" {
			break
		}
		at += 10 + int64(h[6]&127)<<21 + int64(h[7]&127)<<14 + int64(h[8]&127)<<7 + int64(h[9]&127)
		if err := f.step(); err != nil {
			return err
		}
	}
	if at >= f.size {
		return damaged("it has no sound behind its tags")
	}
	b, err := f.bytes(at, min(64<<10, f.size-at))
	if err != nil {
		return err
	}
	for i := 0; i+4 <= len(b); i++ {
		frame := frameOf(b[i:])
		// Two frames in a row, or the last: bytes that only look like one are common.
		if frame.samples == 0 || frame.size < 4 || i+frame.size+4 <= len(b) && frameOf(b[i+frame.size:]).samples == 0 {
			continue
		}
		t := Track{Kind: "audio", Codec: "mp3", SampleRate: frame.rate, Channels: frame.channels}
		frames := xingFrames(b[i:], frame)
		if frames > 0 {
			t.Duration = float64(frames) * float64(frame.samples) / float64(frame.rate)
		} else {
			t.Duration = float64(f.size-at-int64(i)) * 8 / float64(frame.bitrate)
		}
		info.add(t)
		return nil
	}
	return damaged("it has no frames of MP3")
}

func xingFrames(b []byte, f mp3Frame) int64 {
	if at := 4 + f.side; len(b) >= at+12 {
		if tag := string(b[at : at+4]); (tag == "Xing" || tag == "Info") && b[at+7]&1 != 0 {
			return int64(big.Uint32(b[at+8:]))
		}
	}
	if len(b) >= 54 && string(b[36:40]) == "VBRI" {
		return int64(big.Uint32(b[50:]))
	}
	return 0
}

func (f *file) flac(info *Info) error {
	b, err := f.bytes(4, 38)
	if err != nil || b[0]&127 != 0 {
		return damaged("it does not begin with STREAMINFO")
	}
	packed := big.Uint64(b[14:]) // rate 20 bits, channels 3, depth 5, samples 36
	t := Track{Kind: "audio", Codec: "flac", SampleRate: int(packed >> 44), Channels: int(packed>>41&7) + 1, BitDepth: int(packed>>36&31) + 1}
	if t.SampleRate == 0 {
		return damaged("it has no sample rate")
	}
	t.Duration = float64(packed&(1<<36-1)) / float64(t.SampleRate)
	info.add(t)
	return nil
}

// ogg reads the first page of each stream, and the position of the last.
func (f *file) ogg(info *Info) error {
	type stream struct {
		track int
		rate  float64
		skip  float64
	}
	streams := map[uint32]stream{}
	for at := int64(0); ; {
		if err := f.step(); err != nil {
			return err
		}
		h, err := f.bytes(at, 27)
		if err != nil || string(h[:4]) != "OggS" {
			break
		}
		table, err := f.bytes(at+27, int64(h[26]))
		if err != nil {
			return err
		}
		size := int64(0)
		for _, n := range table {
			size += int64(n)
		}
		if h[5]&2 == 0 { // no beginning of a stream: all have begun
			break
		}
		body, err := f.bytes(at+27+int64(len(table)), size)
		if err != nil {
			return err
		}
		t, skip := oggTrack(body)
		if info.add(t) {
			streams[little.Uint32(h[14:])] = stream{len(info.Tracks) - 1, float64(t.SampleRate), skip}
		}
		at += 27 + int64(len(table)) + size
	}
	if len(streams) == 0 {
		return damaged("it has no streams")
	}
	tail, err := f.bytes(max(0, f.size-128<<10), min(128<<10, f.size))
	if err != nil {
		return err
	}
	for i := bytes.LastIndex(tail, []byte("OggS")); i >= 0; i = bytes.LastIndex(tail[:i], []byte("OggS")) {
		if i+27 > len(tail) {
			continue
		}
		s, ok := streams[little.Uint32(tail[i+14:])]
		position := int64(little.Uint64(tail[i+6:]))
		if ok && position > 0 && s.rate > 0 && info.Tracks[s.track].Duration == 0 {
			d := max(0, (float64(position)-s.skip)/s.rate)
			info.Tracks[s.track].Duration = d
			info.Duration = max(info.Duration, d)
		}
	}
	if info.Tracks[0].Kind == "video" {
		info.MIME = "video/ogg"
	}
	return nil
}

func oggTrack(b []byte) (t Track, skip float64) {
	switch {
	case len(b) >= 16 && string(b[:7]) == "\x01vorbis":
		return Track{Kind: "audio", Codec: "vorbis", Channels: int(b[11]), SampleRate: int(little.Uint32(b[12:]))}, 0
	case len(b) >= 19 && string(b[:8]) == "OpusHead":
		// Opus always counts at 48 kHz.
		return Track{Kind: "audio", Codec: "opus", Channels: int(b[9]), SampleRate: 48000}, float64(little.Uint16(b[10:]))
	case len(b) >= 35 && string(b[:5]) == "\x7fFLAC":
		packed := big.Uint64(b[27:])
		return Track{Kind: "audio", Codec: "flac", SampleRate: int(packed >> 44), Channels: int(packed>>41&7) + 1, BitDepth: int(packed>>36&31) + 1}, 0
	case len(b) >= 30 && string(b[:7]) == "\x80theora":
		t := Track{Kind: "video", Codec: "theora", Width: int(big.Uint16(b[10:])) * 16, Height: int(big.Uint16(b[12:])) * 16}
		if d := big.Uint32(b[26:]); d > 0 {
			t.FrameRate = float64(big.Uint32(b[22:])) / float64(d)
		}
		return t, 0
	case strings.HasPrefix(string(b), "Speex   ") && len(b) >= 52:
		return Track{Kind: "audio", Codec: "speex", SampleRate: int(little.Uint32(b[36:])), Channels: int(little.Uint32(b[48:]))}, 0
	}
	return Track{Kind: "other"}, 0
}
