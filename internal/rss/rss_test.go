package rss_test

import (
	"os"
	"runtime/debug"
	"testing"

	"github.com/lazaret/lazaret/internal/rss"
)

// What this process has touched is in its peak, and stays there.
func TestPeak(t *testing.T) {
	b := make([]byte, 64<<20)
	for i := 0; i < len(b); i += 4096 {
		b[i] = 1
	}
	got, err := rss.Peak(os.Getpid())
	if err != nil || got < int64(len(b)) || got > 1<<40 {
		t.Errorf("%d bytes, %v; %d were touched", got, err, len(b))
	}
	if b[4096] != 1 {
		t.Error("the memory was not kept")
	}
	if _, err := rss.Peak(-1); err == nil {
		t.Error("of no process, no error")
	}
}

// The collector runs sooner, unless whoever started the process says when.
func TestSpare(t *testing.T) {
	was := debug.SetGCPercent(100)
	t.Cleanup(func() { debug.SetGCPercent(was) })
	t.Setenv("GOGC", "200")
	rss.Spare()
	if got := debug.SetGCPercent(100); got != 100 {
		t.Errorf("%d per cent though GOGC is set", got)
	}
	t.Setenv("GOGC", "")
	rss.Spare()
	if got := debug.SetGCPercent(100); got != 40 {
		t.Errorf("%d per cent", got)
	}
}
