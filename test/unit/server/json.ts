/** An answer's body or a document, whose shape is what the test is about. */
export type Json = ReturnType<typeof JSON.parse>;
