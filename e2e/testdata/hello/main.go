// Hello is what a clean image of the matrix runs.
package main

import "fmt"

func main() { fmt.Println("hello from a clean image") }
