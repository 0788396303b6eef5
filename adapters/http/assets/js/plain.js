// A text without accents and capitals: what people type to find it.
export const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
