// Package sheet writes and reads tables for people who work with Excel or WPS: xlsx row by row, and CSV that opens with
// Chinese intact. A text a citizen typed never becomes a formula on a clerk's machine.
package sheet
