// Making a photo small enough for any network before it is sent: at most 1600 px and 900 kB, so that it passes a 1 MB proxy limit.

const LONG_SIDE = 1600;
const MAX_BYTES = 900_000;

export async function shrink(file) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return file; // this browser cannot read it (HEIC, for example); the booth can
  }
  for (const [side, quality] of [[LONG_SIDE, 0.9], [LONG_SIDE, 0.8], [1280, 0.8], [1280, 0.65]]) {
    const blob = await encoded(bitmap, side, quality);
    if (blob && blob.size <= MAX_BYTES) return blob;
  }
  return encoded(bitmap, 1024, 0.7);
}

function encoded(bitmap, longSide, quality) {
  const scale = Math.min(1, longSide / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));
}
