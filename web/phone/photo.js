// Making a photo small enough for any network before it is sent: at most 1600 px and 900 kB, so that it passes a proxy's limit
// of 1 MB. Drawing it anew also leaves its metadata, the place where it was taken among them, on the phone.

const MAX_BYTES = 900_000;
const TRIES = [[1600, 0.9], [1600, 0.8], [1280, 0.8], [1280, 0.65], [1024, 0.6]]; // [long side in px, JPEG quality]

export async function shrink(file) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return file; // this browser cannot read it (HEIC, for example); the booth can
  }
  try {
    for (const [longSide, quality] of TRIES) {
      const blob = await encoded(bitmap, longSide, quality);
      if (blob && blob.size <= MAX_BYTES) return blob;
    }
    return file;
  } finally {
    bitmap.close();
  }
}

function encoded(bitmap, longSide, quality) {
  const scale = Math.min(1, longSide / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.fillStyle = "#fff"; // under transparent pictures
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));
}
