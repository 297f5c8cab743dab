/**
 * The variant of a kernel that was measured to be the fastest for a class of shapes; undefined where none was. Only kernels
 * whose results do not depend on their variant ask for it.
 */
export type VariantChoice = (kernel: string, shapeClass: string) => string | undefined;
