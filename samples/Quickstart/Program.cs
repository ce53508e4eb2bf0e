using System.CommandLine;
using UserNet.Samples.Quickstart;

var seed = new Option<int>("--seed")
{
    Description = "Where chance starts: the same seed gives the same ports.",
    DefaultValueFactory = _ => 7,
};
var command = new RootCommand("A tour of what UserNet can do, without root and without a device.") { seed };
command.SetAction(result => Tour.Run(Page.ForConsole(), result.GetValue(seed)));
return command.Parse(args).Invoke();
