//go:build unix

package media

import (
	"bytes"
	"context"
	"errors"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/tools/internal/tooltest"
	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/tool"
)

// fakeFFmpeg stands for ffmpeg: a script of its own folder, which is given what
// ffmpeg would be.
func fakeFFmpeg(t *testing.T, r *tooltest.Runner, script string) *tooltest.Runner {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "ffmpeg")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	allowed := r.Allow(t, func(p *sandbox.Policy) {
		p.Run.Allow = []string{path}
		p.Read.Allow = append(p.Read.Allow, dir)
	})
	allowed.Settings = map[string]string{"ffmpeg": path}
	return allowed
}

func videoRunner(t *testing.T) *tooltest.Runner {
	t.Helper()
	r := tooltest.New(t, Definitions())
	put(t, r.Dir, "clip.mp4", clip())
	put(t, r.Dir, "text.mp4", []byte("#EXTM3U\nfile:///etc/passwd\n"))
	var b bytes.Buffer
	if err := png.Encode(&b, corners(640, 360)); err != nil {
		t.Fatal(err)
	}
	put(t, r.Dir, "frame", b.Bytes())
	put(t, r.Dir, "s.mp3", silence(10))
	if err := writeTone(r.Dir); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestVideo(t *testing.T) {
	r := videoRunner(t)
	r.Table(t, "video-processor", []tooltest.Want{
		{Params: `{"operation":"detect","file_path":"clip.mp4"}`, Field: "mime_type", Value: `"video/mp4"`},
		{Params: `{"operation":"detect","file_path":"text.mp4"}`, Field: "supported", Value: `false`},
		{Params: `{"operation":"detect","file_path":"s.mp3"}`, Field: "supported", Value: `false`},
		{Params: `{"operation":"metadata","file_path":"clip.mp4"}`, Field: "tracks",
			Value: `[{"codec":"h264","duration_seconds":2.5,"frame_rate":24,"height":360,"language":"eng","type":"video","width":640}]`},

		{Params: `{}`, Err: `"operation" is missing`},
		{Params: `{"operation":"cut","file_path":"clip.mp4"}`, Err: `"operation" is wrong`},
		{Params: `{"operation":"metadata"}`, Err: `"source_path" is missing`},
		{Params: `{"operation":"metadata","file_path":"none.mp4"}`, Err: "no such file", Code: tool.ResourceNotFound},
		{Params: `{"operation":"metadata","file_path":"/etc/hostname"}`, Err: "read access", Code: tool.PermissionDenied},
		{Params: `{"operation":"metadata","file_path":"text.mp4"}`, Err: "the file is none of WAV, MP3"},
		{Params: `{"operation":"thumbnail","file_path":"clip.mp4"}`, Err: `"target_path" is missing`},
		{Params: `{"operation":"thumbnail","file_path":"clip.mp4","target_path":"x.svg"}`, Err: `"target_path" is wrong`},
		{Params: `{"operation":"thumbnail","file_path":"clip.mp4","target_path":"x.png","timestamp_seconds":-1}`, Err: `"timestamp_seconds" is wrong`},
		{Params: `{"operation":"thumbnail","file_path":"clip.mp4","target_path":"x.png","timestamp_seconds":3}`, Err: "which takes 2.5 seconds"},
		{Params: `{"operation":"thumbnail","file_path":"clip.mp4","target_path":"x.png","max_width":0}`, Err: `"max_width" is wrong`},
		{Params: `{"operation":"thumbnail","file_path":"clip.mp4","target_path":"x.png","max_height":0}`, Err: `"max_height" is wrong`},
		{Params: `{"operation":"thumbnail","file_path":"clip.mp4","target_path":"x.png"}`, Err: "--allow-run=ffmpeg", Code: tool.PermissionDenied},
	})
	missing := r.Allow(t, func(p *sandbox.Policy) { p.Run.Allow = []string{"no-such-ffmpeg"} })
	missing.Settings = map[string]string{"ffmpeg": "no-such-ffmpeg"}
	missing.Table(t, "video-processor", []tooltest.Want{
		{Params: `{"operation":"thumbnail","file_path":"clip.mp4","target_path":"x.png"}`, Err: "takes the program ffmpeg, which is not installed", Code: tool.Unsupported}})
	missing.Table(t, "audio-processor", []tooltest.Want{
		{Params: `{"operation":"convert","file_path":"tone.wav","target_path":"x.mp3"}`, Err: "to write MP3 takes the program ffmpeg, which is not installed", Code: tool.Unsupported}})
}

func TestFramesAreTakenByFFmpeg(t *testing.T) {
	r := videoRunner(t)
	// It checks what it is asked, and gives the picture.
	fake := fakeFFmpeg(t, r, `case "$*" in *"-protocol_whitelist file,pipe -ss 1.500 -i file:`+r.Dir+`/clip.mp4 -frames:v 1"*) exec cat "`+r.Dir+`/frame";; esac; echo "asked: $*" >&2; exit 3`)
	fake.Table(t, "video-processor", []tooltest.Want{
		{Params: `{"operation":"extract_frame","file_path":"clip.mp4","target_path":"f.png","timestamp_seconds":1.5}`, Field: "width", Value: `640`},
		{Params: `{"operation":"thumbnail","file_path":"clip.mp4","target_path":"t.jpg","timestamp_seconds":1.5,"max_width":64}`, Field: "height", Value: `36`},
		{Params: `{"operation":"thumbnail","file_path":"clip.mp4","target_path":"t.jpg"}`, Err: "ffmpeg could not take a picture out of a video: asked:", Code: tool.ExecutionFailed},
	})
	mp3 := fakeFFmpeg(t, r, `case "$*" in *"-i file:`+r.Dir+`/tone.wav -vn -b:a 64k -f mp3 pipe:1"*) exec cat "`+r.Dir+`/s.mp3";; esac; exit 3`)
	mp3.Table(t, "audio-processor", []tooltest.Want{
		{Params: `{"operation":"convert","file_path":"tone.wav","target_path":"x.mp3","bitrate_kbps":64}`, Field: "sample_rate", Value: `44100`},
		{Params: `{"operation":"metadata","file_path":"x.mp3"}`, Field: "codec", Value: `"mp3"`}})
	fakeFFmpeg(t, r, "exit 0").Table(t, "video-processor", []tooltest.Want{
		{Params: `{"operation":"thumbnail","file_path":"clip.mp4","target_path":"t.jpg"}`, Err: "ffmpeg gave nothing"}})
	fakeFFmpeg(t, r, "head -c 70000000 /dev/zero").Table(t, "video-processor", []tooltest.Want{
		{Params: `{"operation":"thumbnail","file_path":"clip.mp4","target_path":"t.jpg"}`, Err: "ffmpeg gave more than 64 MB", Code: tool.LimitExceeded}})
	fakeFFmpeg(t, r, "echo no picture").Table(t, "video-processor", []tooltest.Want{
		{Params: `{"operation":"thumbnail","file_path":"clip.mp4","target_path":"t.jpg"}`, Err: "what ffmpeg gave: the picture cannot be read"}})
	fakeFFmpeg(t, r, "cat /etc/hostname /etc/passwd >&2; exit 1").Table(t, "video-processor", []tooltest.Want{
		{Params: `{"operation":"thumbnail","file_path":"text.mp4","target_path":"t.jpg"}`, Err: "the file is none of"}}) // never started for a playlist
}

func TestFFmpegIsCancelled(t *testing.T) {
	r := videoRunner(t)
	started := filepath.Join(r.Dir, "started")
	fake := fakeFFmpeg(t, r, `: > "`+started+`"; sleep 600`)
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		for {
			if _, err := os.Stat(started); err == nil || ctx.Err() != nil {
				cancel()
				return
			}
			time.Sleep(5 * time.Millisecond)
		}
	}()
	stop := time.AfterFunc(2*time.Minute, cancel)
	defer stop.Stop()
	_, err := fake.Call(t, ctx, "video-processor", `{"operation":"thumbnail","file_path":"clip.mp4","target_path":"t.jpg"}`)
	if err == nil || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	processes, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, p := range processes {
		if text, _ := os.ReadFile(p); strings.Contains(string(text), fake.Settings["ffmpeg"]) {
			t.Errorf("%s is left: %q", p, text)
		}
	}
}
