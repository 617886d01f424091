// Package daemon keeps track of the kernels that run on this machine for this
// user: their run folders, how they are started in the background, found,
// signalled and stopped, and what they tell systemd.
//
// # The run folder
//
// A Root holds one folder for each kernel, with
//
//	lock         locked (flock) for as long as the kernel lives, as the folder is where
//	             that is possible; that alone tells
//	kernel.json  the Record: who it is, and where it is reached
//	kernel.sock  its socket
//	token        what clients show on TCP, where there is TCP
//
// # Promises
//
// Nothing that is left behind keeps a kernel from starting: not a kernel.json cut
// short, a socket that nobody serves, a process id that belongs to another program
// now, or the leftovers of another boot. Of two kernels with one id that start at the
// same time one wins, and the other says who has it. A signal never reaches a process
// that merely has the same id as one that has ended. A kernel that lives is found and
// keeps its id whatever happens to the files but the socket.
//
// # What never happens here
//
// This package knows nothing of Lua, sessions or protocols.
package daemon
