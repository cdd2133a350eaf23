package inspect

import (
	"io/fs"
	"regexp"
)

// A Detector recognises one kind of thing. It is given what the engine saw of a file
// and answers with findings; it reads nothing itself, keeps no state between calls,
// and may be called from many goroutines at once. Findings that it reports carry no
// Layer and no CreatedBy: the engine adds the first and policy the second.
//
// Reading is the engine's: it walks each blob once, matches the patterns of all
// detectors in that one pass, and hands each detector its hits when the file ends.
// That is what keeps twenty detectors at the price of one.
type Detector interface {
	// Name is the detector's folder: "miner".
	Name() string
	// Version changes whenever the same bytes could give other findings. It covers
	// the code and the rule data (a hash of the embedded file, say).
	Version() string
	// Patterns are what the engine looks for in every file for which Wants has Hits set.
	Patterns() []Pattern
	// Wants says what this detector needs of a file, from its header and first bytes.
	Wants(f *File) Want
	// Judge turns what was seen of one file into findings, through found. It is called
	// once for each file of which Wants wanted the header or the content, and once for
	// each of which it wanted hits alone, or OnHits, and there are some. What f
	// and s point at is the engine's again when it returns. A finding without a Path
	// gets the file's.
	Judge(f *File, s Seen, found func(Finding))
}

// A Scripter is a Detector that tells what a file runs. It is asked after Judge. The paths
// are as the file writes them, and go into Report.Scripts.
type Scripter interface {
	Runs(f *File, s Seen) []string
}

// Want is what a detector needs of a file; a set of bits.
type Want uint8

// The wants.
const (
	Nothing Want = 0
	Header  Want = 1 << (iota - 1) // Judge is called, be there hits or not
	Hits                           // the file's bytes are searched for the detector's patterns
	Content                        // the file's bytes are kept whole, up to MaxContent
	OnHits                         // Judge is called only if there are hits, though Content is wanted

	// IfHit is of files that are read only if a pattern was found in them.
	IfHit = Hits | Content | OnHits
)

// MaxContent is the most that Content keeps of a file, in bytes. A longer file that a
// detector wanted whole is handed over cut, with Seen.Cut set.
const MaxContent = 1 << 20

// A File is one thing in a blob that has a name and bytes: an entry of a layer, or a
// part of a config or of a manifest. Those parts are config:env, config:entrypoint,
// config:cmd, config:healthcheck, config:labels, config:onbuild, config:history,
// config:other (every other text of the config, as KEY.KEY=value), manifest:annotations
// (those of descriptors and their URLs too) and manifest:data (content that a descriptor
// carries). A part that is empty is left out.
type File struct {
	Path     string // clean, slash-separated, with no leading slash: "etc/passwd"; "." is the root, "" the whole blob
	Type     FileType
	Mode     fs.FileMode // permissions, setuid, setgid, sticky
	Size     int64       // as the header says, in bytes, holes included; -1 of a whole blob, which has no header
	UID, GID int
	Link     string // target of a hard or symbolic link, as written
	Head     []byte // the first 512 bytes, fewer in a smaller file

	memos [2]any
	noted *File // the file that memos are of, should this be a copy of it
}

// Memo returns what note makes of the file, and keeps it by its type, which is the caller's own:
// detectors ask the same thing of a file one after the other. Of more than two types nothing is kept.
func Memo[T any](f *File, note func(*File) *T) *T {
	if f.noted != f {
		f.memos, f.noted = [2]any{}, f
	}
	for i := range f.memos {
		m := &f.memos[i]
		if *m == nil {
			v := note(f)
			*m = v
			return v
		}
		if v, ok := (*m).(*T); ok {
			return v
		}
	}
	return note(f)
}

// MachineCode reports whether the file begins like an executable: ELF, PE and MS-DOS, Mach-O
// of both widths and byte orders, WebAssembly.
func (f *File) MachineCode() bool {
	if f.Type == Document || len(f.Head) < 4 {
		return false
	}
	switch string(f.Head[:4]) {
	case "\x7fELF", "MZ\x90\x00", "MZ\x78\x00", "\xcf\xfa\xed\xfe", "\xce\xfa\xed\xfe", "\xfe\xed\xfa\xcf", "\xfe\xed\xfa\xce", "\x00asm":
		return true
	}
	return false
}

// A FileType says what a File is.
type FileType uint8

// The file types. Devices, sockets and the like are Special.
const (
	Regular FileType = iota
	Directory
	Symlink
	Hardlink
	Special
	// Document is a part of an image's config or manifest; its bytes are text, one
	// item a line (an argument of Cmd, a variable of Env as NAME=value, a history entry
	// whether or not it made a layer). A line end within an item is written as \n or \r.
	Document
)

// A Pattern is what to look for in a stream. Literals are found first, in one pass
// for all detectors; only around a hit is Regexp tried. So every text that Regexp
// matches must hold at least one of the literals, whatever its case.
//
// Windows that overlap are searched as one, and its matches do not overlap, as with
// regexp.FindAll. To Regexp the edges of a window are the edges of the text: ^, $ and \b
// hold there, so a pattern that begins or ends with one is to ask for a wider window
// than its matches need.
type Pattern struct {
	ID       string   // unique within the detector
	Literals []string // ASCII, 3 to 255 bytes each, matched without regard to case
	// Regexp is tried on the window around a literal; nil means that the literal itself is the hit.
	Regexp *regexp.Regexp
	// Before and After size that window, in bytes beyond the literal; 0 means 256. At most MaxWindow.
	Before, After int
	// Inside promises that every match holds a literal, so that no more is searched than a match can be long.
	Inside bool
	// Only promises that a hit in other files says nothing, so that none is looked for there.
	Only Only
	// For says of a file that its hits may say something; nil is any. It is asked once a literal was seen there.
	For func(f *File) bool
	// Lead is how long what is before a match on its line may be for Hit.Lead, in bytes; 0 leaves that out.
	Lead int
	// Max is the most hits that are kept for one file; 0 means 16. Regexp is not tried
	// for the rest, so what Seen.Dropped counts of them are literals and windows.
	Max int
	// Check refuses a match that is no hit, e.g. by its checksum. groups is as of
	// regexp.FindSubmatch, nil when Regexp is. nil accepts all.
	Check func(groups [][]byte) bool
}

// Only says in which files a pattern is looked for; see File.MachineCode.
type Only uint8

// The files that a pattern may be for. The zero value is all of them.
const (
	Texts Only = 1 + iota // and whatever else is not machine code
	Code
)

// MaxWindow bounds Pattern.Before and Pattern.After, in bytes.
const MaxWindow = 4096

// A Hit is one place where a pattern matched.
type Hit struct {
	Pattern string   // Pattern.ID
	Offset  int64    // of the match, from the start of the file
	Line    int      // from 1; 0 in a file that is not text
	Groups  [][]byte // the match and its groups; one entry, the literal as written, without a Regexp
	Lead    []byte   // what is before the match on its line; empty if that is longer than Pattern.Lead
}

// Seen is what the engine saw of one file for one detector.
type Seen struct {
	Hits    []Hit  // in the order of their offsets
	Dropped int    // hits, or what might have been hits, beyond Pattern.Max
	Content []byte // if wanted
	Cut     bool   // Content is not the whole file
	Text    bool   // the first 512 bytes hold no NUL byte
}
