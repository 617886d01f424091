package doctor

import "testing"

func TestVerdict(t *testing.T) {
	for _, tt := range []struct {
		r    room
		want Status
		text string
	}{
		{room{bytes: 5 << 30, files: 1000}, OK, "5.0 GB free"},
		{room{bytes: 51 << 20, endless: true}, OK, "51.0 MB free"},
		{room{bytes: 49 << 20, endless: true}, Warn, "little room is left, 49.0 MB free"},
		{room{bytes: 63 << 10, endless: true}, Broken, "no room is left, 63 KB free"},
		{room{endless: true}, Broken, "no room is left, 0 KB free"},
		{room{bytes: 5 << 30}, Broken, "no more files can be made, the file system has no inodes left"},
		{room{bytes: 5 << 30, files: 99}, Warn, "only 99 more files can be made"},
		{room{bytes: 49 << 20}, Broken, "no more files can be made, the file system has no inodes left"},
	} {
		if status, text, advice := tt.r.verdict(lowBytes); status != tt.want || text != tt.text || (status == OK) != (advice == "") {
			t.Errorf("%+v: %s, %q, %q", tt.r, status, text, advice)
		}
	}
}

// Where this test runs there is some room.
func TestRoomOf(t *testing.T) {
	r, err := roomOf(t.TempDir())
	if err != nil || r.bytes == 0 || r.device == "" {
		t.Errorf("%+v, %v", r, err)
	}
}
