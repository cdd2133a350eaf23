package written_test

import (
	"testing"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/eval/written"
	"github.com/lazaret/lazaret/internal/testimage"
)

// Every category has images enough, each of which can be built, and is the same when it is made again.
func TestMalicious(t *testing.T) {
	images, err := written.Malicious()
	if err != nil {
		t.Fatal(err)
	}
	again, err := written.Malicious()
	if err != nil || len(again) != len(images) {
		t.Fatalf("%d images, and then %d: %v", len(images), len(again), err)
	}
	made := map[inspect.Category]int{}
	for i, img := range images {
		made[img.Category]++
		built, err := testimage.Build(img.Spec)
		if err != nil {
			t.Fatalf("%s, %s, %s: %v", img.Category, img.Title, img.Coat, err)
		}
		if twin, err := testimage.Build(again[i].Spec); err != nil || twin.Digest != built.Digest {
			t.Errorf("%s, %s, %s is another when it is made again: %v", img.Category, img.Title, img.Coat, err)
		}
	}
	if len(made) != 13 {
		t.Errorf("%d categories", len(made))
	}
	for c, n := range made {
		if n < 25 {
			t.Errorf("%s: %d images", c, n)
		}
	}
}

// Honest images can be built as well.
func TestHonest(t *testing.T) {
	images, err := written.Honest()
	if err != nil {
		t.Fatal(err)
	}
	if len(images) < 50 {
		t.Errorf("%d images", len(images))
	}
	for _, img := range images {
		if _, err := testimage.Build(img.Spec); err != nil {
			t.Errorf("%s: %v", img.Title, err)
		}
	}
}
