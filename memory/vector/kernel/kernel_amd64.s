#include "textflag.h"

// Registers in all functions:
//   DI what is written next     SI the query       CX rows that are left
//   R8 R9 R10 R11 the rows      R12 the next row, or the next slice of a row
//   AX offset in a row, bytes   BX end of what is taken two registers at a time
//   DX end of a row, bytes      R13 distance between rows, bytes
//
// Four rows are taken at a time while there are four, with two sums of each, so that eight additions
// are under way; then one. Both add in the same order, so that a row's score does not depend on its place.

// A row's elements, times the query's: the sums of even registers and of odd ones.
#define DOT2(row, even, odd) \
	VFMADD231PS (row)(AX*1), Y8, even; \
	VFMADD231PS 32(row)(AX*1), Y9, odd
#define DOT1(row, even) \
	VFMADD231PS (row)(AX*1), Y8, even
#define L22(row, even, odd) \
	VSUBPS (row)(AX*1), Y8, Y10; \
	VSUBPS 32(row)(AX*1), Y9, Y11; \
	VFMADD231PS Y10, Y10, even; \
	VFMADD231PS Y11, Y11, odd
#define L21(row, even) \
	VSUBPS (row)(AX*1), Y8, Y10; \
	VFMADD231PS Y10, Y10, even

// The whole of four rows, and their scores to dst.
#define FLOAT4(two, one, loop, single, done) \
	VXORPS Y0, Y0, Y0; \
	VXORPS Y1, Y1, Y1; \
	VXORPS Y2, Y2, Y2; \
	VXORPS Y3, Y3, Y3; \
	VXORPS Y4, Y4, Y4; \
	VXORPS Y5, Y5, Y5; \
	VXORPS Y6, Y6, Y6; \
	VXORPS Y7, Y7, Y7; \
	XORQ AX, AX; \
	CMPQ AX, BX; \
	JGE single; \
loop: \
	VMOVUPS (SI)(AX*1), Y8; \
	VMOVUPS 32(SI)(AX*1), Y9; \
	two(R8, Y0, Y1); \
	two(R9, Y2, Y3); \
	two(R10, Y4, Y5); \
	two(R11, Y6, Y7); \
	ADDQ $64, AX; \
	CMPQ AX, BX; \
	JLT loop; \
single: \
	CMPQ AX, DX; \
	JGE done; \
	VMOVUPS (SI)(AX*1), Y8; \
	one(R8, Y0); \
	one(R9, Y2); \
	one(R10, Y4); \
	one(R11, Y6); \
done: \
	VADDPS Y1, Y0, Y0; \
	VADDPS Y3, Y2, Y2; \
	VADDPS Y5, Y4, Y4; \
	VADDPS Y7, Y6, Y6; \
	VHADDPS Y2, Y0, Y0; \
	VHADDPS Y6, Y4, Y4; \
	VHADDPS Y4, Y0, Y0; \
	VEXTRACTF128 $1, Y0, X1; \
	VADDPS X1, X0, X0; \
	VMOVUPS X0, (DI); \
	ADDQ $16, DI

// The whole of one row, and its score to dst.
#define FLOAT1(two, one, loop, single, done) \
	VXORPS Y0, Y0, Y0; \
	VXORPS Y1, Y1, Y1; \
	XORQ AX, AX; \
	CMPQ AX, BX; \
	JGE single; \
loop: \
	VMOVUPS (SI)(AX*1), Y8; \
	VMOVUPS 32(SI)(AX*1), Y9; \
	two(R8, Y0, Y1); \
	ADDQ $64, AX; \
	CMPQ AX, BX; \
	JLT loop; \
single: \
	CMPQ AX, DX; \
	JGE done; \
	VMOVUPS (SI)(AX*1), Y8; \
	one(R8, Y0); \
done: \
	VADDPS Y1, Y0, Y0; \
	VHADDPS Y0, Y0, Y0; \
	VHADDPS Y0, Y0, Y0; \
	VEXTRACTF128 $1, Y0, X1; \
	VADDSS X1, X0, X0; \
	VMOVSS X0, (DI); \
	ADDQ $4, DI

// BX and DX of rows of float32, from their length in elements in DX.
#define FLOATENDS \
	SHLQ $2, DX; \
	MOVQ DX, BX; \
	ANDQ $~63, BX

// The rows of a block: the next four, and the next.
#define BLOCK4 \
	MOVQ R12, R8; \
	LEAQ (R12)(R13*1), R9; \
	LEAQ (R12)(R13*2), R10; \
	LEAQ (R9)(R13*2), R11; \
	LEAQ (R12)(R13*4), R12
#define BLOCK1 \
	MOVQ R12, R8; \
	ADDQ R13, R12

// The rows of an array of slices, 24 bytes each.
#define PICK4 \
	MOVQ (R12), R8; \
	MOVQ 24(R12), R9; \
	MOVQ 48(R12), R10; \
	MOVQ 72(R12), R11; \
	ADDQ $96, R12
#define PICK1 \
	MOVQ (R12), R8; \
	ADDQ $24, R12

// func dotBlockAVX2(dst, q, rows *float32, n, stride, d int)
TEXT ·dotBlockAVX2(SB), NOSPLIT, $0-48
	MOVQ dst+0(FP), DI
	MOVQ q+8(FP), SI
	MOVQ rows+16(FP), R12
	MOVQ n+24(FP), CX
	MOVQ stride+32(FP), R13
	MOVQ d+40(FP), DX
	SHLQ $2, R13
	FLOATENDS
	SUBQ $4, CX
	JLT ones
fours:
	BLOCK4
	FLOAT4(DOT2, DOT1, loop4, single4, done4)
	SUBQ $4, CX
	JGE fours
ones:
	ADDQ $4, CX
	JZ end
next:
	BLOCK1
	FLOAT1(DOT2, DOT1, loop1, single1, done1)
	DECQ CX
	JNZ next
end:
	VZEROUPPER
	RET

// func l2BlockAVX2(dst, q, rows *float32, n, stride, d int)
TEXT ·l2BlockAVX2(SB), NOSPLIT, $0-48
	MOVQ dst+0(FP), DI
	MOVQ q+8(FP), SI
	MOVQ rows+16(FP), R12
	MOVQ n+24(FP), CX
	MOVQ stride+32(FP), R13
	MOVQ d+40(FP), DX
	SHLQ $2, R13
	FLOATENDS
	SUBQ $4, CX
	JLT ones
fours:
	BLOCK4
	FLOAT4(L22, L21, loop4, single4, done4)
	SUBQ $4, CX
	JGE fours
ones:
	ADDQ $4, CX
	JZ end
next:
	BLOCK1
	FLOAT1(L22, L21, loop1, single1, done1)
	DECQ CX
	JNZ next
end:
	VZEROUPPER
	RET

// func dotPickedAVX2(dst, q *float32, rows *[]float32, n, d int)
TEXT ·dotPickedAVX2(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ q+8(FP), SI
	MOVQ rows+16(FP), R12
	MOVQ n+24(FP), CX
	MOVQ d+32(FP), DX
	FLOATENDS
	SUBQ $4, CX
	JLT ones
fours:
	PICK4
	FLOAT4(DOT2, DOT1, loop4, single4, done4)
	SUBQ $4, CX
	JGE fours
ones:
	ADDQ $4, CX
	JZ end
next:
	PICK1
	FLOAT1(DOT2, DOT1, loop1, single1, done1)
	DECQ CX
	JNZ next
end:
	VZEROUPPER
	RET

// func l2PickedAVX2(dst, q *float32, rows *[]float32, n, d int)
TEXT ·l2PickedAVX2(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ q+8(FP), SI
	MOVQ rows+16(FP), R12
	MOVQ n+24(FP), CX
	MOVQ d+32(FP), DX
	FLOATENDS
	SUBQ $4, CX
	JLT ones
fours:
	PICK4
	FLOAT4(L22, L21, loop4, single4, done4)
	SUBQ $4, CX
	JGE fours
ones:
	ADDQ $4, CX
	JZ end
next:
	PICK1
	FLOAT1(L22, L21, loop1, single1, done1)
	DECQ CX
	JNZ next
end:
	VZEROUPPER
	RET

// Thirty-two bytes of a row, which are 64 codes: the lower halves times the first 32 numbers of the query, the upper ones times
// the next. Pairs add up in 16 bits, to 2*15*127 at most, and pairs of pairs in 32: nothing saturates.
#define CODES(row, sum) \
	VMOVDQU (row)(AX*1), Y10; \
	VPSRLW $4, Y10, Y11; \
	VPAND Y12, Y10, Y10; \
	VPAND Y12, Y11, Y11; \
	VPMADDUBSW Y8, Y10, Y10; \
	VPMADDUBSW Y9, Y11, Y11; \
	VPADDW Y11, Y10, Y10; \
	VPMADDWD Y13, Y10, Y10; \
	VPADDD Y10, sum, sum

// What follows in a block is asked for early, into the second cache or the third: memory is slower than the
// arithmetic. How early was measured: with 12 KB a block of 38 MB takes a third of the time. What lies
// beyond the block may be no memory of ours; a prefetch never faults.
#define AHEAD \
	PREFETCHT2 12288(R12)(AX*4); \
	PREFETCHT2 12352(R12)(AX*4)

// func codesBlockAVX2(dst *int32, q *int8, rows *uint8, n, stride, d int)
TEXT ·codesBlockAVX2(SB), NOSPLIT, $0-48
	MOVQ dst+0(FP), DI
	MOVQ q+8(FP), SI
	MOVQ rows+16(FP), R12
	MOVQ n+24(FP), CX
	MOVQ stride+32(FP), R13
	MOVQ d+40(FP), DX
	SHRQ $1, DX

	// Y12 is 15 in each byte, Y13 is 1 in each 16 bits.
	VPCMPEQW Y13, Y13, Y13
	VPSRLW $12, Y13, Y12
	VPSLLW $8, Y12, Y11
	VPOR Y11, Y12, Y12
	VPSRLW $15, Y13, Y13
	SUBQ $4, CX
	JLT ones
fours:
	BLOCK4
	VPXOR Y0, Y0, Y0
	VPXOR Y2, Y2, Y2
	VPXOR Y4, Y4, Y4
	VPXOR Y6, Y6, Y6
	XORQ AX, AX
loop4:
	AHEAD
	VMOVDQU (SI)(AX*2), Y8
	VMOVDQU 32(SI)(AX*2), Y9
	CODES(R8, Y0)
	CODES(R9, Y2)
	CODES(R10, Y4)
	CODES(R11, Y6)
	ADDQ $32, AX
	CMPQ AX, DX
	JLT loop4
	VPHADDD Y2, Y0, Y0
	VPHADDD Y6, Y4, Y4
	VPHADDD Y4, Y0, Y0
	VEXTRACTI128 $1, Y0, X1
	VPADDD X1, X0, X0
	VMOVDQU X0, (DI)
	ADDQ $16, DI
	SUBQ $4, CX
	JGE fours
ones:
	ADDQ $4, CX
	JZ end
next:
	BLOCK1
	VPXOR Y0, Y0, Y0
	XORQ AX, AX
loop1:
	VMOVDQU (SI)(AX*2), Y8
	VMOVDQU 32(SI)(AX*2), Y9
	CODES(R8, Y0)
	ADDQ $32, AX
	CMPQ AX, DX
	JLT loop1
	VPHADDD Y0, Y0, Y0
	VPHADDD Y0, Y0, Y0
	VEXTRACTI128 $1, Y0, X1
	VPADDD X1, X0, X0
	VMOVD X0, (DI)
	ADDQ $4, DI
	DECQ CX
	JNZ next
end:
	VZEROUPPER
	RET
