#include <stddef.h>
#include <stdint.h>

#define TEXTSCAN_LANES 8

// A state after byte number at, in which literals end.
typedef struct { uint32_t at, state; } textscan_mark;

// What one run found. The marks of lane k are n[k] from marks + k * part.
typedef struct {
	textscan_mark *marks;
	uint32_t room, part, state, n[TEXTSCAN_LANES];
} textscan_found;

// Whether this processor computes these classes faster than they are looked up.
int textscan_computes(const uint8_t *class);

// Goes on over p from f->state; not 0 if there is no memory for the marks. computed is what textscan_computes says of class.
int textscan_run(textscan_found *f, const uint32_t *next, const uint8_t *class, int computed, const uint8_t *p, uint32_t size, uint32_t warm);

// Whether this processor can skip.
int textscan_skips(void);

// Where in p the next 32 characters of a run begin, or eight escapes, from from on; the last
// place where those may begin that go on behind p, if there are none.
size_t textscan_skip(const uint8_t *p, size_t size, size_t from);
