// Quick exit from a page that says what became of an enquiry: Back must not show it again.
for (const way of document.querySelectorAll(".leave")) {
  way.addEventListener("click", (event) => {
    if (top !== self) return; // in a frame the link itself leads the whole window away
    event.preventDefault();
    document.documentElement.style.display = "none";
    location.replace(way.href);
  });
}
