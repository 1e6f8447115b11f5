// Two pretend accelerators for torch, each with a queue of waits, on the real clock.
// They go through torch's own doors (device guard, streams, events), so that what is tested is
// torch.Event and torch.accelerator themselves. See second_device.py.
#include <ATen/detail/PrivateUse1HooksInterface.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>

#include <algorithm>
#include <chrono>
#include <thread>

namespace {
using namespace c10;
constexpr auto kind = DeviceType::PrivateUse1;
constexpr int devices = 2;
double free_at[devices] = {0, 0};  // when each queue will be empty
thread_local DeviceIndex current = 0;

double now() {
  using namespace std::chrono;
  return duration<double>(steady_clock::now().time_since_epoch()).count();
}

void wait_until(double moment) {
  while (now() < moment)
    std::this_thread::sleep_for(std::chrono::microseconds(20));
}

struct Stamp {
  double at;
};

struct Guard final : impl::DeviceGuardImplInterface {
  DeviceType type() const override { return kind; }
  Device exchangeDevice(Device d) const override {
    Device old(kind, current);
    if (d.index() >= 0) current = d.index();
    return old;
  }
  Device getDevice() const override { return Device(kind, current); }
  void setDevice(Device d) const override { exchangeDevice(d); }
  void uncheckedSetDevice(Device d) const noexcept override {
    if (d.index() >= 0) current = d.index();
  }
  Stream getStream(Device d) const override {
    return Stream(Stream::DEFAULT, Device(kind, d.index() < 0 ? current : d.index()));
  }
  Stream getDefaultStream(Device d) const override { return getStream(d); }
  Stream exchangeStream(Stream s) const override { return s; }
  DeviceIndex deviceCount() const noexcept override { return devices; }
  void record(void** event, const Stream& s, const DeviceIndex, const EventFlag) const override {
    if (!*event) *event = new Stamp;
    static_cast<Stamp*>(*event)->at = std::max(now(), free_at[s.device_index()]);
  }
  bool queryEvent(void* event) const override {
    return !event || now() >= static_cast<Stamp*>(event)->at;
  }
  void destroyEvent(void* event, const DeviceIndex) const noexcept override {
    delete static_cast<Stamp*>(event);
  }
  void synchronizeEvent(void* event) const override {
    wait_until(static_cast<Stamp*>(event)->at);
  }
  bool queryStream(const Stream& s) const override {
    return now() >= free_at[s.device_index()];
  }
  void synchronizeStream(const Stream& s) const override {
    wait_until(free_at[s.device_index()]);
  }
  void synchronizeDevice(const DeviceIndex i) const override {
    wait_until(free_at[i < 0 ? current : i]);
  }
  double elapsedTime(void* a, void* b, const DeviceIndex) const override {
    return (static_cast<Stamp*>(b)->at - static_cast<Stamp*>(a)->at) * 1e3;
  }
};

struct Hooks final : at::PrivateUse1HooksInterface {
  bool isBuilt() const override { return true; }
  bool isAvailable() const override { return true; }
  bool hasPrimaryContext(DeviceIndex) const override { return true; }
};
}  // namespace

extern "C" {
void install() {
  static Guard guard;
  static impl::DeviceGuardImplRegistrar registrar(kind, &guard);
  at::RegisterPrivateUse1HooksInterface(new Hooks);
}
// Queue that many seconds of work; the call returns at once.
void enqueue(int device, double seconds) {
  free_at[device] = std::max(now(), free_at[device]) + seconds;
}
}
