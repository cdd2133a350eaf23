package inspect

// A spotting knows the literals of patterns. It is immutable and used by many
// goroutines, each with a spotter of its own.
type spotting interface {
	longest() int // of the literals, in bytes
	spotter() spotter
}

// A spotter finds where literals end in the blocks of files.
type spotter interface {
	// begin starts on a file.
	begin()
	// spot tells of each literal that ends in b.data[b.from:b.to], and where in b.data.
	// Ends come in ascending order; where several end, the longest come first. If it
	// returns false, not all were found.
	spot(b block, found func(end int, o output)) bool
}

func (a *automaton) longest() int     { return a.longer }
func (a *automaton) spotter() spotter { return &walker{automaton: a} }

// A walker is a spotter in pure Go.
type walker struct {
	*automaton
	state uint32
	marks [lanes][]mark
}

func (w *walker) begin() { w.state = 0 }

func (w *walker) spot(b block, found func(int, output)) bool {
	w.state = w.runLanes(w.state, b.data[b.from:b.to], &w.marks)
	for _, marks := range w.marks {
		for _, m := range marks {
			w.told(b, int(m.at), m.state, found)
		}
	}
	return true
}

// told tells of the literals that end after byte at of the part of b, where the automaton is in state.
func (a *automaton) told(b block, at int, state uint32, found func(int, output)) {
	end := b.from + at + 1
	for _, o := range a.outputs(state) {
		if o.ends(b.data, end) {
			found(end, o)
		}
	}
}
