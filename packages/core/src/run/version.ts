/** Version of csx, as in core's package.json; a test holds the two together. */
export const csxVersion = '0.1.0';
