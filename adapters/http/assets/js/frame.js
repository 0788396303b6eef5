// The hosted form inside a frame tells the page around it how tall it is. It tells nothing else.
if (parent !== window) {
  document.documentElement.classList.add("framed");
  const form = document.body.dataset.form;
  const tell = () => {
    const height = Math.ceil(document.querySelector("main").getBoundingClientRect().height + (document.querySelector("footer")?.offsetHeight ?? 0));
    parent.postMessage({ qualify: "height", form, height }, "*");
  };
  new ResizeObserver(tell).observe(document.body);
  tell();
}
