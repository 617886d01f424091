package media

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/tools/internal/tooltest"
	"github.com/llmspell/llmspell/tools/media/internal/container"
	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/tool"
)

// The test binary is what the sandbox starts programs with.
func TestMain(m *testing.M) {
	sandbox.Main()
	os.Exit(m.Run())
}

// An ID3v2 tag, and silence: frames whose side information is zero.
func silence(frames int) []byte {
	text := func(id, s string) string { return id + "\x00\x00\x00" + string(rune(len(s)+1)) + "\x00\x00\x00" + s }
	tags := text("TIT2", "Song") + text("TPE1", "Band") + text("TRCK", "3/9") + text("TYER", "1999")
	return []byte("ID3\x03\x00\x00\x00\x00\x00" + string(rune(len(tags))) + tags + strings.Repeat("\xff\xfb\x90\x64"+strings.Repeat("\x00", 413), frames))
}

func audioRunner(t testing.TB) *tooltest.Runner {
	t.Helper()
	r := tooltest.New(t, Definitions())
	if err := writeTone(r.Dir); err != nil {
		t.Fatal(err)
	}
	put(t, r.Dir, "s.mp3", silence(100))
	put(t, r.Dir, "text.wav", []byte("no sound at all, only some text"))
	put(t, r.Dir, "f.flac", []byte("fLaC\x80\x00\x00\x22"+strings.Repeat("\x00", 10)+"\x0b\xb8\x03\x70\x00\x01\x77\x00"+strings.Repeat("\x00", 16)))
	return r
}

func TestAudio(t *testing.T) {
	r := audioRunner(t)
	r.Table(t, "audio-processor", []tooltest.Want{
		{Params: `{"operation":"detect","file_path":"tone.wav"}`, Field: "mime_type", Value: `"audio/wav"`},
		{Params: `{"operation":"detect","file_path":"s.mp3"}`, Field: "format", Value: `"mp3"`},
		{Params: `{"operation":"detect","file_path":"text.wav"}`, Field: "supported", Value: `false`},
		{Params: `{"operation":"metadata","file_path":"tone.wav"}`, Field: "duration_seconds", Value: `0.5`},
		{Params: `{"operation":"metadata","file_path":"s.mp3"}`, Field: "tags", Value: `{"artist":"Band","title":"Song","track":3,"tracks":9,"year":1999}`},
		{Params: `{"operation":"metadata","file_path":"s.mp3"}`, Field: "duration_seconds", Value: `2.606`},
		{Params: `{"operation":"metadata","file_path":"f.flac"}`, Field: "sample_rate", Value: `48000`},
		{Params: `{"operation":"convert","source_path":"tone.wav","target_path":"a.wav","bit_depth":24}`, Field: "size", Value: `12044`},
		{Params: `{"operation":"convert","source_path":"tone.wav","target_path":"b.wav","sample_rate":16000,"channels":2,"bit_depth":8}`, Field: "size", Value: `16044`},
		{Params: `{"operation":"metadata","file_path":"b.wav"}`, Field: "channels", Value: `2`},
		{Params: `{"operation":"convert","source_path":"s.mp3","target_path":"c.wav"}`, Field: "sample_rate", Value: `44100`},
		{Params: `{"operation":"convert","source_path":"s.mp3","target_path":"d","target_format":"wav","channels":1,"sample_rate":8000}`, Field: "channels", Value: `1`},

		{Params: `{}`, Err: `"operation" is missing`},
		{Params: `{"operation":"sing","file_path":"tone.wav"}`, Err: `"operation" is wrong`},
		{Params: `{"operation":"detect"}`, Err: `"source_path" is missing`},
		{Params: `{"operation":"metadata","file_path":"none.wav"}`, Err: "no such file", Code: tool.ResourceNotFound},
		{Params: `{"operation":"metadata","file_path":"/etc/hostname"}`, Err: "read access", Code: tool.PermissionDenied},
		{Params: `{"operation":"metadata","file_path":"text.wav"}`, Err: "the file is none of WAV, MP3"},
		{Params: `{"operation":"convert","source_path":"tone.wav"}`, Err: `"target_path" is missing`},
		{Params: `{"operation":"convert","source_path":"tone.wav","target_path":"x.ogg"}`, Err: `"target_path" is wrong`},
		{Params: `{"operation":"convert","source_path":"tone.wav","target_path":"/etc/x.wav"}`, Err: "write access", Code: tool.PermissionDenied},
		{Params: `{"operation":"convert","source_path":"tone.wav","target_path":"x.wav","target_format":"ogg"}`, Err: `"target_format" is wrong`},
		{Params: `{"operation":"convert","source_path":"tone.wav","target_path":"x.wav","sample_rate":1}`, Err: `"sample_rate" is wrong`},
		{Params: `{"operation":"convert","source_path":"tone.wav","target_path":"x.wav","channels":3}`, Err: `"channels" is wrong`},
		{Params: `{"operation":"convert","source_path":"tone.wav","target_path":"x.wav","bit_depth":12}`, Err: `"bit_depth" is wrong`},
		{Params: `{"operation":"convert","source_path":"tone.wav","target_path":"x.mp3","bitrate_kbps":1}`, Err: `"bitrate_kbps" is wrong`},
		{Params: `{"operation":"convert","source_path":"tone.wav","target_path":"x.mp3","channels":1}`, Err: `"channels" is for wav`},
		{Params: `{"operation":"convert","source_path":"tone.wav","target_path":"x.mp3"}`, Err: `run access to "ffmpeg" is denied`, Code: tool.PermissionDenied},
		{Params: `{"operation":"convert","source_path":"f.flac","target_path":"x.wav"}`, Err: "flac cannot be decoded here", Code: tool.Unsupported},
	})
	if err := os.Symlink("/etc/hostname", filepath.Join(r.Dir, "link.wav")); err != nil {
		t.Fatal(err)
	}
	r.Table(t, "audio-processor", []tooltest.Want{{Params: `{"operation":"detect","file_path":"link.wav"}`, Err: "leads out of the allowed folders", Code: tool.PermissionDenied}})
}

// A tone is the same tone at another rate: as loud, and with as many waves.
func TestConvertedToneIsTheSame(t *testing.T) {
	r := audioRunner(t)
	for _, params := range []string{`"sample_rate":8000`, `"sample_rate":44100,"bit_depth":24`, `"sample_rate":48000,"channels":2,"bit_depth":32`} {
		if _, err := r.Call(t, context.Background(), "audio-processor", `{"operation":"convert","source_path":"tone.wav","target_path":"x.wav",`+params+`}`); err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(filepath.Join(r.Dir, "x.wav"))
		if err != nil {
			t.Fatal(err)
		}
		info, _ := f.Stat()
		w, err := container.OpenWAV(context.Background(), f, info.Size())
		if err != nil {
			t.Fatal(err)
		}
		s, err := container.NewSamples(w, f)
		if err != nil {
			t.Fatal(err)
		}
		frame, before, waves, loudest := make([]float64, w.Channels), -1.0, 0, 0.0
		for s.Read(frame) == nil {
			if before < 0 && frame[0] >= 0 {
				waves++
			}
			before, loudest = frame[0], max(loudest, math.Abs(frame[0]))
		}
		f.Close()
		if waves < 219 || waves > 221 || math.Abs(loudest-20000.0/32768) > 0.02 {
			t.Errorf("%s: %d waves, %.3f loud; want 220 and 0.610", params, waves, loudest)
		}
	}
}

func TestSoundIsCancelled(t *testing.T) {
	r := audioRunner(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, file := range []string{"tone.wav", "s.mp3"} {
		if _, err := r.Call(t, ctx, "audio-processor", `{"operation":"convert","source_path":"`+file+`","target_path":"x.wav"}`); err == nil || !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", file, err)
		}
	}
	if _, err := os.Stat(filepath.Join(r.Dir, "x.wav")); err == nil {
		t.Error("a cancelled call wrote its file")
	}
}
