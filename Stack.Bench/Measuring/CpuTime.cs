using System.Diagnostics;

namespace UserNet.Bench.Measuring;

/// <summary>Processor time of all threads of the process.</summary>
/// <param name="User">Outside of the kernel.</param>
/// <param name="Kernel">What the kernel did for the process: system calls, and the interrupts and deliveries that came on top of them.</param>
internal readonly record struct CpuTime(TimeSpan User, TimeSpan Kernel)
{
    public static CpuTime Now
    {
        get
        {
            using Process self = Process.GetCurrentProcess();
            return new CpuTime(self.UserProcessorTime, self.PrivilegedProcessorTime);
        }
    }

    public TimeSpan Total => User + Kernel;

    public static CpuTime operator -(CpuTime end, CpuTime begin) => new(end.User - begin.User, end.Kernel - begin.Kernel);
}
