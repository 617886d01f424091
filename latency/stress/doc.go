// Package stress loads processes of the built llmspell for minutes or hours, with clients that behave and
// clients that do not, and looks whether anything is left behind: memory, goroutines, descriptors.
//
// A short load of the same kind comes first, so that caches and pools are full; what the processes hold after it,
// idle, is compared with what they hold after the load itself. Each answer is looked at.
package stress
