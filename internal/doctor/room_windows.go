package doctor

import (
	"path/filepath"

	"golang.org/x/sys/windows"
)

// roomOf measures what this user may still write where a folder is.
func roomOf(folder string) (room, error) {
	name, err := windows.UTF16PtrFromString(folder)
	if err != nil {
		return room{}, err
	}
	r := room{device: filepath.VolumeName(folder), endless: true}
	err = windows.GetDiskFreeSpaceEx(name, &r.bytes, nil, nil)
	return r, err
}
