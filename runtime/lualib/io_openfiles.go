package lualib

import (
	"runtime"
	"sync"

	lua "github.com/yuin/gopher-lua"
)

// openFiles knows the files a state has open, so that none outlives it. Like PUC
// Lua's collector it also closes files the script no longer refers to, or a loop
// over io.open(name):read() would run out of descriptors.
type openFiles struct {
	files map[*file]runtime.Cleanup

	mu sync.Mutex
	// forgotten holds files whose userdata is gone. The garbage collector's
	// goroutine fills it; only the state's goroutine closes files.
	forgotten []*file
}

// add notes a file that the script refers to through ud.
func (s *openFiles) add(ud *lua.LUserData, f *file) {
	if s.files == nil {
		s.files = make(map[*file]runtime.Cleanup)
	}
	s.files[f] = runtime.AddCleanup(ud, s.retire, f)
}

// retire is called once a userdata is gone.
func (s *openFiles) retire(f *file) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forgotten = append(s.forgotten, f)
}

// forget drops a file that the script closes.
func (s *openFiles) forget(f *file) {
	if cleanup, ok := s.files[f]; ok {
		cleanup.Stop()
		delete(s.files, f)
	}
}

// closeForgotten closes the files whose userdata is gone.
func (s *openFiles) closeForgotten() {
	s.mu.Lock()
	forgotten := s.forgotten
	s.forgotten = nil
	s.mu.Unlock()
	for _, f := range forgotten {
		if _, open := s.files[f]; open {
			delete(s.files, f)
			abandon(f)
		}
	}
}

// closeAll closes every file.
func (s *openFiles) closeAll() {
	for f := range s.files {
		s.forget(f)
		abandon(f)
	}
}

// abandon closes a file for a script that did not.
func abandon(f *file) {
	if p, ok := f.closer.(*process); ok {
		p.abandon()
	}
	_ = f.close() // nobody is left to be told of an error
}
